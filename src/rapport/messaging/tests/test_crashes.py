"""The worker dies at every point between claim, hand-over and record; nobody gets a second message."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.messaging.models import Delivery
from rapport.messaging.services import claiming, keeper, ledger, outcomes, sender
from rapport.messaging.tests import driving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


class Died(BaseException):
    """Stands for SIGKILL: nothing of ours runs after it."""


@pytest.fixture
def ready(consenting: Any, order: Any) -> None:
    for number in range(20):
        consenting(f"p{number:02}")
    order()


def dying(function: Any, at: int) -> Any:
    calls = 0

    def run(*args: Any, **values: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise Died
        return function(*args, **values)

    return run


POINTS = [
    (ledger, "hand_over", 1),
    (ledger, "hand_over", 4),
    (ledger, "record", 1),
    (ledger, "record", 3),
    (outcomes, "record", 2),
    (outcomes, "settle", 5),
    (outcomes, "emit_many", 2),
    (ledger, "release", 2),
]


@pytest.mark.parametrize(("module", "name", "at"), POINTS)
def test_death_at_any_point_sends_nobody_twice_and_forgets_nobody(
    ready: None,
    monkeypatch: Any,
    clock: Any,
    channel: Any,
    work: Any,
    sink: Any,
    module: Any,
    name: str,
    at: int,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, name, dying(getattr(module, name), at))
        with pytest.raises(Died):
            driving.run_once(clock, 100, channel)
    clock.advance(dt.timedelta(hours=1))
    work()
    assert len(sink.recipients) == len(set(sink.recipients))
    states = Delivery.objects.values_list("state", flat=True)
    assert set(states) <= {"sent", "uncertain"}
    assert list(states).count("uncertain") <= channel.capacity
    assert len(sink.recipients) >= 20 - channel.capacity


def test_death_between_sending_and_recording_is_uncertain(
    ready: None, monkeypatch: Any, clock: Any, channel: Any, work: Any, sink: Any
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "settle", dying(outcomes.settle, 1))
        with pytest.raises(Died):
            driving.run_once(clock, 100, channel)
    assert len(sink.taken) == channel.capacity
    clock.advance(dt.timedelta(hours=1))
    work()
    assert Delivery.objects.filter(state="uncertain", reason="lost").count() == channel.capacity
    assert len(sink.taken) == 20


def test_a_holder_with_an_old_fence_changes_nothing(ready: None, clock: Any, channel: Any, sink: Any) -> None:
    old, _judged = claiming.claim(5, clock.now(), "email", marketing=True)
    clock.advance(dt.timedelta(hours=1))
    ledger.recover(clock.now())
    claiming.claim(5, clock.now(), "email", marketing=True)
    sender.Run(driving.connection_of(channel), clock).send(old)
    assert sink.taken == []


def test_two_senders_share_the_work_without_overlap(ready: None, clock: Any, channel: Any, sink: Any) -> None:
    first, _ = claiming.claim(10, clock.now(), "email", marketing=True)
    second, _ = claiming.claim(100, clock.now(), "email", marketing=True)
    assert len({claim.id for claim in first} | {claim.id for claim in second}) == 20


def test_a_living_sender_keeps_its_leases_however_long_a_server_takes(ready: None, clock: Any) -> None:
    claimed, _ = claiming.claim(5, clock.now(), "email", marketing=True)
    clock.advance(claiming.LEASE - dt.timedelta(seconds=1))
    keeper.Keeper(claimed, clock).renew()
    clock.advance(dt.timedelta(seconds=30))
    assert ledger.recover(clock.now()) == 0


def test_a_claim_that_was_taken_away_is_not_renewed(ready: None, clock: Any) -> None:
    claimed, _ = claiming.claim(5, clock.now(), "email", marketing=True)
    clock.advance(claiming.LEASE * 2)
    ledger.recover(clock.now())
    again, _ = claiming.claim(5, clock.now(), "email", marketing=True)
    clock.advance(claiming.LEASE * 2)
    keeper.Keeper(claimed, clock).renew()
    assert ledger.recover(clock.now()) == len(again) == 5
