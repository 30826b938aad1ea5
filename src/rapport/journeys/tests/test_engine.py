"""People enter, go from step to step, wait, leave and reach goals, on the real database."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.journeys.models import Enrolment, HeardEvent
from rapport.journeys.registry import STEP_KINDS, Pass, StepKind
from rapport.journeys.services import journeys, loop
from rapport.journeys.tests.conftest import agreed, path, run_of, send_step
from rapport.messaging.models import Delivery
from rapport.messaging.tests import driving

WAIT: dict[str, Any] = {"type": "wait", "for": {"hours": 1}}


def test_somebody_enters_waits_and_comes_to_the_end(publish, happen, later, new_person):
    publish({"a": {**WAIT, "next": "b"}, "b": {"type": "emit", "event": "Greeted"}})
    ada = new_person("Ada")
    happen(ada, "Signed Up", plan="pro")
    row = run_of(ada)
    assert (row.step, row.is_waiting, path(row)) == ("a", True, [])
    assert row.data["trigger"]["properties"] == {"plan": "pro"}
    later(minutes=59)
    assert path(run_of(ada)) == []
    later(minutes=1)
    row = run_of(ada)
    assert (path(row), row.outcome) == (["a", "b"], "completed")


def test_a_message_goes_out_once_through_the_gate(
    publish, happen, later, new_person, purpose, template, channel, clock
):
    publish({"mail": send_step(template, next="a"), "a": WAIT})
    happen(agreed(new_person("Ada"), purpose), "Signed Up")
    happen(new_person("Bob"), "Signed Up")
    driving.run_once(clock, channel=channel)
    deliveries = Delivery.objects.select_related("send", "person")
    states = {row.person.name: (row.send.origin, row.state) for row in deliveries}
    assert states == {"Ada": ("journey", "sent"), "Bob": ("journey", "skipped")}
    later(hours=2)
    assert deliveries.count() == 2


@pytest.mark.parametrize(("plan", "expected"), [("pro", ["c:yes", "x"]), ("free", ["c:no", "y"])])
def test_a_condition_chooses_the_way(publish, happen, new_person, plan, expected):
    condition = {"all": [{"property": "plan", "op": "is", "value": "pro"}]}
    publish(
        {
            "c": {"type": "if", "if": condition, "next": {"yes": "x", "no": "y"}},
            "x": {"type": "end"},
            "y": {"type": "end"},
        }
    )
    ada = new_person("Ada")
    happen(ada, "Signed Up", plan=plan)
    assert path(run_of(ada)) == expected


def test_what_happens_in_time_takes_the_other_branch(publish, happen, later, new_person):
    wait = {"type": "wait_event", "event": "Order Completed", "for": {"days": 2}}
    publish(
        {
            "w": {**wait, "next": {"happened": "thanks", "timeout": "remind"}},
            "thanks": {"type": "end"},
            "remind": {"type": "end"},
        }
    )
    ada, bob = new_person("Ada"), new_person("Bob")
    happen(ada, "Signed Up")
    happen(bob, "Signed Up")
    happen(ada, "Order Completed", total=12)
    assert path(run_of(ada)) == ["w:happened", "thanks"]
    assert run_of(ada).data["w"] == {"total": 12}
    later(days=3)
    assert path(run_of(bob)) == ["w:timeout", "remind"]


def test_a_goal_or_an_exit_ends_it_in_the_middle_of_a_wait(publish, happen, later, new_person):
    leaving = [{"event": "Complained", "where": {"property": "open", "op": "is", "value": True}}]
    publish({"a": {**WAIT, "next": "b"}, "b": {"type": "end"}}, goal={"event": "Paid"}, exits=leaving)
    ada, bob, eve = new_person("Ada"), new_person("Bob"), new_person("Eve")
    for somebody in (ada, bob, eve):
        happen(somebody, "Signed Up")
    happen(ada, "Paid")
    happen(bob, "Complained", open=True)
    happen(eve, "Complained", open=False)
    assert [run_of(somebody).outcome for somebody in (ada, bob, eve)] == ["goal", "exit", ""]
    later(hours=2)
    assert [path(run_of(somebody)) for somebody in (ada, bob, eve)] == [[], [], ["a", "b"]]


def test_each_order_has_a_run_of_its_own(publish, happen, new_person):
    trigger = {"type": "event", "event": "Order Completed", "key": "order_id"}
    publish({"a": WAIT}, trigger=trigger)
    ada = new_person("Ada")
    for order in ("1", "2", "1"):
        happen(ada, "Order Completed", order_id=order)
    assert sorted(Enrolment.objects.values_list("key", flat=True)) == ["1", "2"]


@pytest.mark.parametrize(
    ("entry", "days", "expected"),
    [({"again": "never"}, 9, 1), ({"again": "always"}, 0, 2), ({"again": "after", "days": 7}, 5, 1),
     ({"again": "after", "days": 7}, 8, 2)],
)  # fmt: skip
def test_who_may_come_again(publish, happen, later, new_person, entry, days, expected):
    publish({"a": {"type": "end"}}, entry=entry)
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    later(days=days)
    happen(ada, "Signed Up")
    assert Enrolment.objects.filter(person=ada).count() == expected


def test_nobody_moves_while_it_is_paused(publish, happen, later, new_person, actor, clock):
    row = publish({"a": {**WAIT, "next": "b"}, "b": {"type": "end"}})
    ada, bob = new_person("Ada"), new_person("Bob")
    happen(ada, "Signed Up")
    journeys.pause(actor=actor, journey_id=row.pk, clock=clock)
    happen(bob, "Signed Up")
    later(days=1)
    assert path(run_of(ada)) == []
    assert not Enrolment.objects.filter(person=bob).exists()
    journeys.pause(actor=actor, journey_id=row.pk, undo=True, clock=clock)
    loop.run_once(clock)
    assert path(run_of(ada)) == ["a", "b"]


def test_a_step_that_fails_for_somebody_holds_up_nobody_else(publish, happen, later, new_person):
    def run(step, config, arrivals, world, effects):
        if any(world.traits([a.position.person_id])[a.position.person_id]["name"] == "Bob" for a in arrivals):
            raise ValueError("no such colour")
        return [Pass() for _arrival in arrivals]

    fragile = StepKind("fragile", "Fragile", "circle", {}, run, lambda config: "breaks")
    with STEP_KINDS.temporarily(fragile):
        publish({"a": {**WAIT, "next": "b"}, "b": {"type": "fragile"}})
        ada, bob = new_person("Ada"), new_person("Bob")
        for somebody in (ada, bob):
            happen(somebody, "Signed Up")
        later(hours=1)
        assert run_of(ada).outcome == "completed"
        assert (run_of(bob).error, run_of(bob).attempts) == ("no such colour", 1)
        for _try in range(6):
            later(days=1)
        row = run_of(bob)
        assert (row.due_at, row.attempts, path(row)) == (None, 5, [])


def test_a_loop_rests_and_ends_some_day(publish, happen, later, new_person, monkeypatch):
    monkeypatch.setattr("rapport.journeys.services.engine.MOST_EVER", 120)
    publish({"a": {"type": "emit", "event": "Round", "next": "a"}})
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    assert run_of(ada).moves == 50
    for _turn in range(5):
        later(minutes=2)
    assert (run_of(ada).moves, run_of(ada).outcome) == (120, "endless")


def test_an_event_is_acted_on_once(publish, happen, new_person):
    publish({"a": WAIT})
    happen(new_person("Ada"), "Signed Up")
    assert not HeardEvent.objects.exists()
    assert Enrolment.objects.count() == 1
