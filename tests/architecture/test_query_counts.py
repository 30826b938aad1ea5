"""One walk over all pages: each asks as often for 20 rows as for 2, and answers the panel with a part of itself."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rapport.campaigns.services import campaigns
from rapport.config.tests import routes
from rapport.content.services import templates
from rapport.core import clickhouse as store
from rapport.core import process_cache
from rapport.core.clock import SYSTEM
from rapport.core.services import keys, users
from rapport.demo.models import CaughtMail, ShopAccount, ShopOrder
from rapport.events import queries as events
from rapport.events.services import sources
from rapport.governance.models import Purpose
from rapport.governance.services import consent, erasure, suppression
from rapport.people import identity_types
from rapport.people.queries import find
from rapport.segments.models import Membership, Segment
from rapport.segments.services import segments
from tests.architecture import samples

FEW, MANY = 2, 20
PANEL = {"HX-Request": "true", "HX-Target": "panel"}
HTML = b"Content-Type: text/html\n\n<p>Hi</p>"
MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>"
# Files, and forms of records that only a whole process makes, by name, and what tests them.
NO_PAGES = {
    "transfers:import_errors": "transfers/tests/test_error_files.py",
    "transfers:file_errors": "transfers/feeds/tests/test_files.py",
    "transfers:mapping_sample": "transfers/feeds/tests/test_pages.py",
    "transfers:import_columns": "transfers/tests/test_import_pages.py",
    "messaging:file": "messaging/tests/test_answers.py",
    "content:web-form-file": "content/tests/test_web_forms.py",
    "commerce:order-file-errors": "commerce/tests/test_order_files.py",
    "campaigns:social-image": "campaigns/tests/test_social_pages.py",
    "lifecycle:stage": "segments/tests/test_lifecycle.py",
    "core:assignment": "people/tests/test_access_browser.py",
    "core:bulk": "people/tests/test_bulk.py",
    "people:undo_merge": "people/tests/test_pages_merging.py",
    "people:merge_compare": "people/tests/test_pages_merging.py",
}


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
    CaughtMail.objects.create(mail_from="shop@example.org", recipients=[person.email], subject="Hi", raw=HTML)


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
        for number in new:
            for label in samples.CHILDREN:
                samples.make(label, number)
        made = count

    return ensure


def addresses(browser) -> list[str]:
    """An address of every page that a GET gives, about the first record of each kind that its route names."""
    unknown, found = set(), set()
    for route in routes.pages():
        if route.permission is None or route.name in NO_PAGES:
            continue
        if route.arguments and browser.get(route.path).status_code == 405:
            continue  # the others are asked by whoever walks
        references = {argument: samples.argument_of(route.name, argument) for argument in route.arguments}
        if None in references.values():
            unknown.add(f"{route.name} {[name for name in references if references[name] is None]}")
            continue
        arguments = {argument: samples.value_of(reference) for argument, reference in references.items()}
        found.add(reverse(route.name, kwargs=arguments))
    assert unknown == set(), "give tests/architecture/samples.py a record for them"
    return sorted(found)


class Counted:
    """How often PostgreSQL and ClickHouse are asked while a page is made."""

    def __init__(self, browser, monkeypatch):
        self.browser, self.asked, self.broken = browser, 0, {}
        kind = type(store.client())
        original = kind.query

        def query(client, *args, **kwargs):
            self.asked += 1
            return original(client, *args, **kwargs)

        monkeypatch.setattr(kind, "query", query)
        # The newest events are looked for in ever longer times before now; how long the walk takes must not count.
        monkeypatch.setattr(events, "_WINDOWS", events._WINDOWS[-1:])

    def __call__(self, address: str) -> Counter | None:
        """None where a GET does not give a page."""
        # What a process keeps for some seconds must not end between the request that fills it and the one that counts.
        process_cache.clear()
        identity_types.refresh(now=True)
        answer = self.browser.get(address)  # fills caches, which count neither way
        if answer.status_code >= 404 and answer.status_code != 405:
            self.broken[address] = answer.status_code
        if answer.status_code != 200 or answer.streaming:
            return None
        self.asked = 0
        with CaptureQueriesContext(connection) as queries:
            self.browser.get(address)
        return Counter(postgres=len(queries), clickhouse=self.asked)


def answers_panel_whole(browser, address: str) -> bool | None:
    """Whether it gives the side panel a whole page; None where it gives nothing to show."""
    answer = browser.get(address, headers=PANEL)
    if answer.status_code != 200 or answer.streaming:
        return None
    return b'class="app"' in answer.content


@pytest.mark.slow
def test_every_page_asks_no_more_for_twenty_rows_than_for_two_and_answers_the_panel(rows, page, monkeypatch):
    page.raise_request_exception = False
    counted = Counted(page, monkeypatch)
    rows(FEW)
    every = addresses(page)
    few = {address: count for address in every if (count := counted(address))}
    assert counted.broken == {}
    panels = {address: answers_panel_whole(page, address) for address in every}
    assert len([whole for whole in panels.values() if whole is not None]) > 80
    assert not [address for address, whole in panels.items() if whole], "whole pages in the panel"
    rows(MANY)
    many = {address: counted(address) for address in few}
    assert len(few) > 100, "hardly any page came"
    # Fewer is fine: looking for the newest events stops sooner where there are many.
    assert {
        address: (few[address], many[address]) for address in few if not many[address] <= few[address]
    } == {}
