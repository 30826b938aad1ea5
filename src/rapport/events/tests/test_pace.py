from __future__ import annotations

import datetime as dt

import pytest

from rapport.core.clock import SYSTEM
from rapport.core.services import spool
from rapport.events.services import log, pace
from rapport.events.services.envelope import Event

pytestmark = pytest.mark.django_db


def test_looks_are_seldom_while_the_stream_is_behind() -> None:
    looks = []
    paced = pace.Paced(lambda _clock: looks.append(1) or 1, while_=lambda: True)
    paced._rested = 0.0
    paced(SYSTEM)
    paced._rested += 60
    assert paced(SYSTEM) == 1
    assert len(looks) == 1


def test_a_rest_ends_when_the_stream_has_caught_up() -> None:
    looks = []
    paced = pace.Paced(lambda _clock: looks.append(1) or 1, while_=lambda: False)
    paced(SYSTEM)
    paced._rested += 60
    paced(SYSTEM)
    assert len(looks) == 2


def test_idle_work_needs_no_rest() -> None:
    paced = pace.Paced(lambda _clock: 0)
    paced(SYSTEM)
    assert paced._rested == 0.0


@pytest.mark.parametrize(("events", "gathers"), [(0, False), (1, True), (pace.FEW_EVENTS, False)])
def test_only_a_round_that_was_for_few_events_is_followed_by_a_rest(events, gathers, monkeypatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr(pace.time, "sleep", rests.append)
    assert pace.gathered(lambda _clock: events)(SYSTEM) == events
    assert bool(rests) is gathers
    assert all(rest <= pace.LONGEST_GATHERING for rest in rests)


@pytest.mark.parametrize(("seconds", "behind"), [(0, False), (10, True)])
def test_the_stream_is_behind_when_the_oldest_event_waits_too_long(
    seconds: int, behind: bool, source
) -> None:
    received = SYSTEM.now() - dt.timedelta(seconds=seconds)
    log.append(source.pk, [Event("track", "Seen", "m1", received, "u1")], received)
    assert pace.is_behind() is behind


def test_blocks_are_filled_while_the_stream_is_behind(source, monkeypatch) -> None:
    monkeypatch.setattr(spool, "JOINED_ROWS", 2)
    received = SYSTEM.now() - dt.timedelta(seconds=10)
    log.append(source.pk, [Event("track", "Seen", "m1", received, "u1")], received)
    assert pace.is_filling()
    spool.put("events", [b"{}", b"{}"])
    assert not pace.is_filling()


def test_an_empty_log_is_not_behind() -> None:
    assert log.oldest() is None
    assert not pace.is_behind()
