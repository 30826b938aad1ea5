"""Counting what became of messages by provider, and what is alarming."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.models import User
from rapport.messaging.models import DeliverabilityDay, Delivery, Engagement, Receipt, Send
from rapport.messaging.queries import deliverability as queries
from rapport.messaging.services import deliverability

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture
def deliver(order: Callable[..., Send], clock: VirtualClock) -> Callable[..., list[Delivery]]:
    """Deliveries of one send that ended, without sending them."""

    def make(
        domain: str, count: int, *, state: str = "sent", reason: str = "", days: int = 0
    ) -> list[Delivery]:
        send = Send.objects.first() or order(people=[])
        at = clock.now() - dt.timedelta(days=days)
        rows = [
            Delivery(
                send=send,
                channel="email",
                address=f"{domain}-{state}-{reason}-{days}-{number}@{domain}",
                state=state,
                reason=reason,
                handed_over_at=at,
                finished_at=at,
            )
            for number in range(count)
        ]
        return Delivery.objects.bulk_create(rows)

    return make


def receipt(delivery: Delivery, kind: str, at: dt.datetime) -> None:
    Receipt.objects.create(delivery=delivery, kind=kind, at=at, permanent=True)


def figures(clock: VirtualClock, days: int = 1) -> dict[str, Any]:
    deliverability.refresh(clock.now(), days)
    today = clock.now().date()
    rows = queries.days(today - dt.timedelta(days=days - 1), today, "email")
    return {row.label: row for row in queries.by_provider(rows)}


def test_each_provider_has_its_figures(deliver: Any, clock: VirtualClock) -> None:
    sent = deliver("gmail.com", 3) + deliver("googlemail.com", 1)
    deliver("gmail.com", 2, state="failed", reason="bad_address")
    deliver("gmail.com", 1, state="failed", reason="temporary")
    deliver("shop.example", 5)
    deliver("shop.example", 9, state="skipped")
    receipt(sent[0], "bounced", clock.now())
    receipt(sent[1], "complained", clock.now())
    for delivery, human in ((sent[2], 0.9), (sent[3], 0.1)):
        Engagement.objects.create(
            delivery=delivery, kind="open", first_at=clock.now(), last_at=clock.now(), human_probability=human
        )
    read = figures(clock)
    gmail = read["gmail.com"]
    assert (gmail.offered, gmail.accepted, gmail.delivered, gmail.bounced) == (7, 4, 3, 3)
    assert (gmail.complained, gmail.opened) == (1, 1)
    assert (read["shop.example"].offered, read["shop.example"].delivered) == (5, 5)


def test_what_comes_back_late_is_counted_for_the_day_of_the_message(
    deliver: Any, clock: VirtualClock
) -> None:
    (delivery,) = deliver("gmail.com", 1, days=3)
    figures(clock, 14)
    receipt(delivery, "bounced", clock.now())
    figures(clock, 2)
    assert DeliverabilityDay.objects.get().bounced == 0
    figures(clock, 14)
    row = DeliverabilityDay.objects.get()
    assert (row.bounced, row.day) == (1, (clock.now() - dt.timedelta(days=3)).date())


def test_small_providers_are_counted_together(
    deliver: Any, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverability, "KEPT_PROVIDERS", 2)
    for number in range(5):
        deliver(f"d{number}.example", number + 1)
    read = figures(clock)
    assert {label: row.offered for label, row in read.items()} == {
        "d4.example": 5,
        "d3.example": 4,
        "Others": 6,
    }


def test_alarms_need_enough_messages_and_name_the_provider(deliver: Any, clock: VirtualClock) -> None:
    today = clock.now().date()
    deliver("small.example", 10, state="failed", reason="bad_address")
    deliver("gmail.com", 195)
    deliver("gmail.com", 5, state="failed", reason="bad_address")
    receipt(deliver("yahoo.com", 300)[0], "complained", clock.now())
    figures(clock)
    bounces, complaints = queries.alarms(today)
    assert bounces.startswith("gmail.com: 2.5% of the messages bounced")
    assert complaints.startswith("yahoo.com: 0.33% of the recipients complained")
    assert queries.alarms(today + dt.timedelta(days=7)) == []


def test_the_page_and_the_api_show_it(deliver: Any, clock: VirtualClock, client: Any) -> None:
    deliver("gmail.com", 195)
    deliver("gmail.com", 6, state="failed", reason="refused")
    deliverability.refresh(clock.now())
    DeliverabilityDay.objects.update(day=SYSTEM.now().date())
    client.force_login(User.objects.create_user("a@example.org", "correct horse battery", roles=["marketer"]))
    shown = client.get("/settings/deliverability/?days=7").content.decode()
    assert "gmail.com" in shown
    assert "bounced in the last week" in shown
    narrowed = client.get("/settings/deliverability/?days=x&stream=transactional&provider=gmail.com")
    assert "Nothing counted in this time" in narrowed.content.decode()
    empty = client.get("/settings/deliverability/?stream=marketing&provider=")
    assert empty.status_code == 200
