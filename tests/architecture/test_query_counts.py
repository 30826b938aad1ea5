"""Every page that needs no record of its own, and one of each record's pages, asks as often for 20 rows as for 2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, get_resolver, reverse

from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns
from rapport.content.services import templates
from rapport.core import clickhouse as store
from rapport.core.clock import SYSTEM
from rapport.core.services import keys, users
from rapport.demo.models import CaughtMail, ShopAccount, ShopOrder
from rapport.events.models import QuarantinedEvent, Source
from rapport.events.services import sources
from rapport.governance.models import Purpose
from rapport.governance.services import consent, erasure, suppression
from rapport.people.models import Company, Person
from rapport.people.queries import find
from rapport.segments.models import Membership, Segment
from rapport.segments.services import segments

FEW, MANY = 2, 20
MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>"
# What only starts, ends or streams something is no page of rows.
LEFT_OUT = ("account_", "mfa_", "open", "click", "unsubscribe", "openapi-json", "api-root")


def a_visit(number: int) -> list[dict]:
    """Two devices of one customer, his company, an order, and one event of nobody."""
    user = f"customer-{number}"
    traits = {"email": f"{user}@example.org", "name": f"Customer {number}", "country": "GB"}
    order = {"order_id": str(number), "total": 10 + number, "currency": "GBP"}
    return [
        {"type": "page", "anonymousId": f"phone-{number}", "name": "Home", "messageId": f"p-{number}"},
        {"type": "identify", "userId": user, "traits": traits, "messageId": f"i-{number}"},
        {
            "type": "identify",
            "userId": user,
            "anonymousId": f"phone-{number}",
            "traits": {},
            "messageId": f"j-{number}",
        },
        {"type": "group", "userId": user, "groupId": f"company-{number}", "messageId": f"g-{number}"},
        {
            "type": "track",
            "userId": user,
            "event": "Order Completed",
            "properties": order,
            "messageId": f"o-{number}",
        },
        {"type": "track", "userId": "null", "event": "Lost", "messageId": f"n-{number}"},
    ]


def add_what_colleagues_make(actor, number: int) -> None:
    name = f"Number {number}"
    sources.create_source(actor=actor, name=name)
    keys.create(actor=actor, name=name, role="viewer")
    users.create_user(actor=actor, email=f"user{number}@example.org", roles=["viewer"])
    segment = segments.create_segment(actor=actor, name=name, definition={"trait": "country", "is": "GB"})
    template = templates.create_template(actor=actor, name=name, subject="Hello", mjml=MJML)
    campaigns.create_campaign(
        actor=actor,
        name=name,
        segment=segment,
        template=template,
        purpose=Purpose.objects.get(key="newsletter"),
    )


def add_what_customers_leave(actor, number: int) -> None:
    person = find(actor, f"user_id:customer-{number}")
    granted = {"purpose": "newsletter", "channel": "email", "state": "granted", "source": "test"}
    consent.record(actor=actor, person_id=person.pk, at=SYSTEM.now(), **granted)
    erasure.export(actor=actor, person_id=person.pk)
    suppression.suppress(
        actor=actor, channel="email", address=f"gone{number}@example.org", reason="manual", source="test"
    )
    for segment in Segment.objects.all():
        Membership.objects.get_or_create(
            segment=segment,
            person=person,
            defaults={"entered_at": person.first_seen_at, "definition_version": 1},
        )
    account = ShopAccount.objects.create(email=person.email, name=person.name, password="-")
    ShopOrder.objects.create(account=account, email=person.email, name=person.name, total=10)
    CaughtMail.objects.create(mail_from="shop@example.org", recipients=[person.email], subject="Hi", raw=b"")


@pytest.fixture
def rows(live, actor):
    """`rows(20)`: there are now so many of everything."""
    made = 0
    Purpose.objects.get_or_create(key="newsletter", defaults={"name": "Newsletter"})

    def ensure(count: int) -> None:
        nonlocal made
        new = range(made, count)
        live.ingest([call for number in new for call in a_visit(number)])
        for number in new:
            add_what_colleagues_make(actor, number)
        for number in new:
            add_what_customers_leave(actor, number)
        live.settle()
        made = count

    return ensure


def patterns(resolver, namespace: str = "") -> Iterator[tuple[str, dict]]:
    """(full name, names of the arguments with their converters) of every named address."""
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from patterns(entry, inner)
        elif entry.name and not entry.name.startswith(LEFT_OUT):
            yield f"{namespace}{entry.name}", entry.pattern.converters


def addresses() -> list[str]:
    """Addresses of pages without arguments, and of those about the first record of its kind."""
    known = {
        "person_id": Person.objects.filter(is_identified=True).order_by("email").first().pk,
        "company_id": Company.objects.order_by("group_id").first().pk,
        "source_id": Source.objects.get(name="Number 0").pk,
        "key": Segment.objects.get(name="Number 0").key,
        "segment": Segment.objects.get(name="Number 0").key,
        "campaign_id": Campaign.objects.get(name="Number 0").pk,
        "template_id": Campaign.objects.get(name="Number 0").template_id,
        "event_id": QuarantinedEvent.objects.order_by("pk").first().pk,
    }
    found = []
    for name, arguments in patterns(get_resolver()):
        if set(arguments) <= set(known):
            try:
                found.append(reverse(name, kwargs={argument: known[argument] for argument in arguments}))
            except NoReverseMatch:
                continue
    return sorted(set(found))


class Counted:
    """How often PostgreSQL and ClickHouse are asked while a page is made."""

    def __init__(self, browser, monkeypatch):
        self.browser, self.asked = browser, 0
        kind = type(store.client())
        original = kind.query

        def query(client, *args, **kwargs):
            self.asked += 1
            return original(client, *args, **kwargs)

        monkeypatch.setattr(kind, "query", query)

    def __call__(self, address: str) -> Counter | None:
        """None where a GET does not give a page."""
        answer = self.browser.get(address)  # fills caches, which count neither way
        if answer.status_code != 200 or answer.streaming:
            return None
        self.asked = 0
        with CaptureQueriesContext(connection) as queries:
            self.browser.get(address)
        return Counter(postgres=len(queries), clickhouse=self.asked)


@pytest.mark.slow
def test_no_page_asks_more_often_for_twenty_rows_than_for_two(rows, page, monkeypatch):
    counted = Counted(page, monkeypatch)
    rows(FEW)
    few = {address: found for address in addresses() if (found := counted(address))}
    rows(MANY)
    many = {address: counted(address) for address in few}
    assert len(few) > 30, "hardly any page was found"
    # Fewer is fine: looking for the newest events stops sooner where there are many.
    assert {
        address: (few[address], many[address]) for address in few if not many[address] <= few[address]
    } == {}
