"""The year's mailings as campaigns with their ledger, from the events about them, and what everything cost.

Events say who got what, who opened and who clicked; the ledger has the same messages under the same ids, so that a
campaign's page and its events agree.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from rapport.campaigns.models import Campaign
from rapport.campaigns.services import costs
from rapport.content.models import Link, Template
from rapport.core import clickhouse
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.demo.seeding.mailings import campaign_id, mailings
from rapport.governance.models import ConsentRecord, Purpose
from rapport.messaging.models import Delivery, Engagement, Send
from rapport.people.models import Person
from rapport.people.queries import survivor_of
from rapport.segments.models import Segment

BATCH = 5_000
# A month: what was spent on a channel and its campaign.
ADVERTISING = (
    ("paid_search", "gifts", 9_200), ("paid_search", "homeware", 7_800), ("social", "kitchen-stories", 4_300),
    ("referral", "spring-fair", 2_400),
)  # fmt: skip
_MESSAGES = """
    SELECT toString(properties.campaign_id) AS campaign, toString(properties.delivery_id) AS delivery,
        any(person_id) AS person, minIf(at, event = 'Message Sent') AS sent,
        minIf(at, event = 'Message Opened') AS opened, minIf(at, event = 'Message Clicked') AS clicked,
        maxIf(toFloat64OrZero(toString(properties.human_probability)), event = 'Message Opened') AS human
    FROM events WHERE event IN ('Message Sent', 'Message Opened', 'Message Clicked')
        AND toString(properties.campaign_id) IN {campaigns:Array(String)}
    GROUP BY campaign, delivery HAVING countIf(event = 'Message Sent') > 0
"""


class Message(NamedTuple):
    campaign: str
    delivery: str
    person: uuid.UUID
    sent: dt.datetime
    opened: dt.datetime
    clicked: dt.datetime
    human: float


@transaction.atomic
def seed(clock: Clock = SYSTEM) -> int:
    """Makes those that went out, unless they are there; how many it made."""
    ids = {str(campaign_id(mailing.code)): mailing for mailing in mailings()}
    if Campaign.objects.filter(pk__in=ids).exists():
        return 0
    messages: dict[str, list[Message]] = defaultdict(list)
    rows = clickhouse.client().query(_MESSAGES, parameters={"campaigns": list(ids)}).result_rows
    for row in rows:
        message = Message(*row)
        messages[message.campaign].append(message)
    template = Template.objects.filter(name="Newsletter").first()
    if template is None or not messages:
        return 0
    sends = {
        key: _send(mailing.name, mailing.purpose, key, messages[key], template)
        for key, mailing in ids.items()
        if messages[key]
    }
    survivor = survivor_of({message.person for group in messages.values() for message in group})
    emails = dict(Person.objects.filter(pk__in=set(survivor.values())).values_list("pk", "email"))
    links = list(sends[min(sends)].template_version.links.order_by("position")) if sends else []
    for key, send in sends.items():
        _ledger(send, messages[key], survivor, emails, links)
    _unsubscribes(sends)
    _costs({key: mailing.name for key, mailing in ids.items() if key in sends}, sends, clock)
    return len(sends)


def _send(name: str, purpose: str, key: str, messages: list[Message], template: Template) -> Send:
    first, last = (pick(message.sent for message in messages).replace(tzinfo=dt.UTC) for pick in (min, max))
    row = Campaign(
        id=uuid.UUID(key), name=name, segment=Segment.objects.get(key="newsletter-readers"), template=template,
        purpose=Purpose.objects.get(key=purpose), channel="email", created_at=first - dt.timedelta(days=1),
        created_by="demo",
    )  # fmt: skip
    send = Send.objects.create(
        origin="campaign", origin_id=key, purpose=row.purpose, channel="email",
        template_version=template.versions.order_by("version")[0], requested_at=row.created_at,
        requested_by="demo", send_at=first, expires_at=first + dt.timedelta(days=1), sealed_at=first,
        completed_at=last,
    )  # fmt: skip
    row.send = send
    row.save()
    return send


def _ledger(
    send: Send, messages: list[Message], survivor: dict[Any, Any], emails: dict[Any, str], links: list[Link]
) -> None:
    deliveries, engagements = [], []
    written: set[uuid.UUID] = set()
    for message in messages:
        person = survivor.get(message.person)
        if person is None or person in written:
            continue
        written.add(person)
        sent = message.sent.replace(tzinfo=dt.UTC)
        row = Delivery(
            id=uuid.UUID(message.delivery), send=send, person_id=person, channel="email",
            address=emails.get(person, ""), state=Delivery.State.SENT, queued_at=sent, handed_over_at=sent,
            finished_at=sent, attempts=1, provider_id=f"<{message.delivery}@demo.example.com>",
        )  # fmt: skip
        deliveries.append(row)
        engagements += _done(row, message, links)
    Delivery.objects.bulk_create(deliveries, batch_size=BATCH)
    Engagement.objects.bulk_create(engagements, batch_size=BATCH)


def _done(row: Delivery, message: Message, links: list[Link]) -> list[Engagement]:
    """What was done with one message, as its events say; which link is drawn by its id, the first most often."""
    engagements = []
    if message.opened.year > 1970:
        at, human = message.opened.replace(tzinfo=dt.UTC), message.human
        reason = "browser" if human >= 0.5 else "apple_privacy_proxy"
        engagements.append(_engaged(row, "open", at, human, reason))
    if message.clicked.year > 1970 and links:
        link = links[min(row.id.int % 5, len(links) - 1) if row.id.int % 3 else 0]
        engagements.append(
            _engaged(row, "click", message.clicked.replace(tzinfo=dt.UTC), 0.97, "browser", link)
        )
    return engagements


def _unsubscribes(sends: dict[str, Send]) -> None:
    """Whoever withdrew did so from the last message of that purpose that they had got."""
    last: dict[tuple[uuid.UUID, int], Delivery] = {}
    withdrawn = ConsentRecord.objects.filter(state=ConsentRecord.State.WITHDRAWN)
    wanted = {(row.person_id, row.purpose_id): row.at for row in withdrawn}
    rows = Delivery.objects.filter(
        send__in=sends.values(), person__in={person for person, _purpose in wanted}
    )
    for row in rows.select_related("send").order_by("finished_at"):
        if row.person_id is None:
            continue
        key = (row.person_id, row.send.purpose_id)
        if row.finished_at and row.finished_at < wanted.get(key, row.finished_at):
            last[key] = row
    Engagement.objects.bulk_create(
        _engaged(row, "unsubscribe", wanted[key], 0.97, "button") for key, row in last.items()
    )


def _engaged(
    row: Delivery, kind: str, at: dt.datetime, human: float, reason: str, link: Link | None = None
) -> Engagement:
    return Engagement(
        delivery=row, kind=kind, link=link, first_at=at, last_at=at, human_probability=human,
        human_reasons=[reason], told_human=human >= 0.5,
    )  # fmt: skip


def _costs(names: dict[str, str], sends: dict[str, Send], clock: Clock) -> None:
    """Each mailing a little, and advertising by the month, since the first of them."""
    given = [
        costs.Given(sends[key].send_at.date(), sends[key].send_at.date(), "email", name, Decimal(380), "GBP")
        for key, name in names.items()
    ]
    today = clock.now().date()
    month = min((send.send_at.date() for send in sends.values()), default=today).replace(day=1)
    while month <= today:
        following = (month + dt.timedelta(days=32)).replace(day=1)
        given += [
            costs.Given(month, following - dt.timedelta(days=1), channel, campaign, Decimal(amount), "GBP")
            for channel, campaign, amount in ADVERTISING
        ]
        month = following
    costs.put(actor=system("demo"), costs=given, clock=clock)
