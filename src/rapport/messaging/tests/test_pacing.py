"""What the channel's pace puts off waits in the queue, says why, and goes when its turn comes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from rapport.channels.models import SendingDomain
from rapport.core.clock import VirtualClock
from rapport.core.models import User
from rapport.messaging.models import Delivery

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def names(sink: Any) -> list[str]:
    return [address.partition("@")[0] for address in sink.recipients]


def waiting() -> dict[str, str]:
    rows = Delivery.objects.filter(state="queued").select_related("person")
    return {row.person.name: row.explanation["gate"]["verdict"] for row in rows}


def test_a_provider_that_asked_to_slow_down_rests_and_the_others_go_on(
    consenting: Any, order: Any, work: Any, sink: Any, clock: VirtualClock
) -> None:
    for name in ("ada", "bob"):
        consenting(name, email=f"{name}@gmail.com")
    consenting("cleo")
    sink.on_data = lambda address: "421 4.7.28 unusual rate of mail" if "gmail" in address else ""
    order("1")
    work()
    sink.on_data = lambda address: ""
    consenting("dan", email="dan@googlemail.com")
    consenting("eva")
    order("2")
    work()
    assert names(sink) == ["cleo", "cleo", "eva"]
    assert waiting()["Dan"] == "throttled"
    clock.advance(dt.timedelta(minutes=2))
    work()
    assert names(sink).count("dan") == 1
    assert not waiting()


def test_a_domain_that_warms_up_sends_its_share_and_says_why_the_rest_waits(
    consenting: Any, order: Any, work: Any, sink: Any, clock: VirtualClock, client: Any
) -> None:
    SendingDomain.objects.create(
        name="example.com",
        created_by="t",
        warmup_from=clock.now().date(),
        warmup_first=2,
        warmup_target=100,
    )
    for number in range(5):
        consenting(f"p{number}")
    order(expires_at=clock.now() + dt.timedelta(days=3))
    work()
    assert len(sink.recipients) == 2
    assert set(waiting().values()) == {"warmup"}
    client.force_login(User.objects.create_user("a@example.org", "correct horse battery", roles=["admin"]))
    row = Delivery.objects.filter(state="queued")[0]
    page = client.get(reverse("messaging:delivery", args=[row.pk])).content.decode()
    assert "example.com sends 2 messages a day by its plan" in " ".join(page.split())
    clock.advance(dt.timedelta(days=1))
    work()
    assert len(sink.recipients) == 5


def test_what_would_expire_before_its_turn_is_not_sent(
    consenting: Any, order: Any, work: Any, sink: Any, clock: VirtualClock
) -> None:
    SendingDomain.objects.create(
        name="example.com",
        created_by="t",
        warmup_from=clock.now().date(),
        warmup_first=1,
        warmup_growth=1,
        warmup_target=100,
    )
    for number in range(4):
        consenting(f"p{number}")
    order()
    work()
    assert len(sink.recipients) == 1
    states = dict(Delivery.objects.values_list("state", "reason"))
    assert states["skipped"] == "warmup"
