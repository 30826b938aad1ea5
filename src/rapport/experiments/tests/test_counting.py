"""What became of those who met each variant: counted over both engines, and decided by the job."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from rapport.core.clock import VirtualClock
from rapport.experiments.models import Experiment, Variant
from rapport.experiments.registry import SUBJECTS, Subject
from rapport.experiments.services import assignments, counting, experiments
from rapport.experiments.services.results import results
from rapport.experiments.statistics import sequential
from rapport.experiments.statistics.sequential import Arm
from rapport.experiments.tests.conftest import START

HOUR = dt.timedelta(hours=1)


def _bought(
    engine: Any,
    orders: list[tuple[uuid.UUID, dt.datetime, float]],
    event: str = "Order Completed",
    **more: Any,
) -> None:
    lines = [
        json.dumps(
            {
                "person_id": str(person), "at": at.strftime("%Y-%m-%d %H:%M:%S"), "event": event,
                "type": "track", "message_id": str(uuid.uuid4()), "properties": json.dumps({"total": total} | more),
            }
        )
        for person, at, total in orders
    ]  # fmt: skip
    engine.insert_lines("events", "\n".join(lines).encode(), token=str(uuid.uuid4()))


def test_conversions_and_revenue_within_the_window(
    begin: Callable[..., Any], somebody: Callable[..., Any], clickhouse: Any, clock: VirtualClock
) -> None:
    experiment = begin(value_property="total", window_days=2)
    ada, ben, cleo = (person.pk for person in somebody(3))
    first, second = experiment.variants.order_by("pk")
    assignments.expose(experiment, {ada: first, ben: second, cleo: second}, clock=clock)
    inside, outside = START + HOUR, START + 50 * HOUR
    _bought(
        clickhouse,
        [(ada, inside, 10.0), (ada, inside + HOUR, 5.0), (ben, START - HOUR, 7.0), (cleo, outside, 9.0)],
    )
    _bought(clickhouse, [(ben, inside, 8.0)], human_probability=0.1)
    clock.advance(60 * HOUR)
    counting.count(experiment, clock.now())
    assert _figures(experiment) == [(1, 15.0, 225.0), (2, 0.0, 0.0)]
    experiment.value_property = ""
    counting.count(experiment, clock.now())
    assert _figures(experiment) == [(1, 1.0, 1.0), (2, 0.0, 0.0)]


def _figures(experiment: Experiment) -> list[tuple[int, float, float]]:
    return list(experiment.variants.order_by("pk").values_list("persons", "total", "squares"))


@pytest.fixture
def decisions() -> Any:
    """What the app of the subject hears."""
    heard: list[tuple[str, str]] = []
    subject = Subject(
        "mailing", "Mailing", lambda pk: f"/mailings/{pk}/", lambda pk, won, _clock: heard.append((pk, won))
    )
    with SUBJECTS.temporarily(subject):
        yield heard


def test_the_job_decides_for_a_certain_winner_only(
    begin: Callable[..., Any],
    somebody: Callable[..., Any],
    clickhouse: Any,
    clock: VirtualClock,
    decisions: list[tuple[str, str]],
) -> None:
    experiment = begin(decision="auto", subject="mailing", subject_id="7")
    persons = [person.pk for person in somebody(1_200)]
    ways = list(experiment.variants.order_by("pk"))
    assignments.expose(experiment, {p: ways[at % 2] for at, p in enumerate(persons)}, clock=clock)
    _bought(clickhouse, [(person, START + HOUR, 1.0) for person in persons[:1_000:10]])
    _run(clock)
    assert Experiment.objects.get().state == "running"
    assert results(experiment).is_balanced
    _bought(clickhouse, [(person, START + HOUR, 1.0) for person in persons[1:1_000:4]])
    _run(clock)
    experiment.refresh_from_db()
    assert (experiment.state, experiment.winner.key, decisions) == ("decided", "b", [("7", "")])


def _run(clock: VirtualClock) -> None:
    clock.advance(dt.timedelta(minutes=30))
    assert experiments.count_running(clock) == 1


def test_nobody_wins_while_the_shares_are_wrong(begin: Callable[..., Any]) -> None:
    experiment = begin("A", "B", holdout=1)
    for key, persons, total in (("a", 3_000, 150), ("b", 4_000, 400), ("holdout", 3_500, 100)):
        Variant.objects.filter(experiment=experiment, key=key).update(
            persons=persons, total=total, squares=total
        )
    shown = results(experiment)
    assert (shown.is_balanced, shown.best) == (False, None)
    Variant.objects.filter(experiment=experiment).update(persons=3_500)
    shown = results(experiment)
    assert (shown.is_balanced, shown.best.key, shown.lift.share.is_above) == (True, "b", True)
    together, held_back = Arm(7_000, 550, 550), Arm(3_500, 100, 100)
    assert shown.lift == sequential.lift(together, held_back, alpha=0.05, planned=experiment.planned)


def test_what_is_done_with_messages_counts_in_those_of_the_subject_only(
    begin: Callable[..., Any], somebody: Callable[..., Any], clickhouse: Any, clock: VirtualClock
) -> None:
    subject = Subject("mailing", "Mailing", str, lambda *_given: None, message_property="mailing_id")
    with SUBJECTS.temporarily(subject):
        experiment = begin("A", holdout=1, subject="mailing", subject_id="7", event="Message Clicked")
        ada, ben = (person.pk for person in somebody(2))
        assignments.expose(experiment, dict.fromkeys([ada, ben], experiment.variants.first()), clock=clock)
        _bought(clickhouse, [(ada, START + HOUR, 1.0)], event="Message Clicked", mailing_id="7")
        _bought(clickhouse, [(ben, START + HOUR, 1.0)], event="Message Clicked", mailing_id="8")
        counting.count(experiment, START + 2 * HOUR)
        assert _figures(experiment)[0] == (2, 1.0, 1.0)
        assert results(experiment).lift is None


def test_one_that_fails_keeps_none_of_the_others_and_what_is_over_rests(
    begin: Callable[..., Any], somebody: Callable[..., Any], clickhouse: Any, clock: VirtualClock
) -> None:
    broken, good = begin(key="broken"), begin()
    Experiment.objects.filter(pk=broken.pk).update(value_property="not a name")
    assignments.expose(good, dict.fromkeys([somebody()[0].pk], good.variants.first()), clock=clock)
    steps: list[int] = []
    assert experiments.count_running(clock, step=steps.append) == 2
    assert steps == [1, 2]
    assert Experiment.objects.get(pk=good.pk).counted_at == clock.now()
    for days in (7, 2):
        clock.advance(dt.timedelta(days=days))
        experiments.count_running(clock)
    over = Experiment.objects.get(pk=good.pk).counted_at
    clock.advance(HOUR)
    assert experiments.count_running(clock) == 1  # the broken one
    assert Experiment.objects.get(pk=good.pk).counted_at == over


def test_events_are_read_of_those_who_met_it_only_some_at_a_time_and_follow_merges(
    begin: Callable[..., Any], somebody: Callable[..., Any], clickhouse: Any, clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    experiment = begin()
    ada, ben, merged, stranger = somebody(4)
    merged.merged_into = ada
    merged.save()
    first, second = experiment.variants.order_by("pk")
    assignments.expose(experiment, {ada.pk: first, ben.pk: second}, clock=clock)
    _bought(clickhouse, [(row.pk, START + HOUR, 1.0) for row in (merged, ben, stranger)])
    clock.advance(2 * HOUR)
    monkeypatch.setattr(counting, "CHUNK", 1)
    assert set(counting._outcomes(experiment, clock.now())[0]) == {ada.pk, ben.pk}
    counting.count(experiment, clock.now())
    assert _figures(experiment) == [(1, 1.0, 1.0), (1, 1.0, 1.0)]
