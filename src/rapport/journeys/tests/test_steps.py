"""Steps that do something outside of the journey, wait for answers, choose channels, and decide."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.models import Notice, OutboxEvent
from rapport.governance.models import ConsentRequest
from rapport.journeys.models import ChoiceArm, Enrolment, JourneyTask
from rapport.journeys.registry import STEP_KINDS, Act, Arrival, Errand, Position
from rapport.journeys.services import bandit, definitions, journeys, loop
from rapport.journeys.services.world import LiveWorld
from rapport.journeys.tests.conftest import agreed, path, run_of, send_step
from rapport.messaging.models import Delivery
from rapport.messaging.tests.conftest import decide
from rapport.segments.models import Membership
from rapport.segments.services import lists

DAY: dict[str, Any] = {"days": 1}


def test_people_are_put_on_a_list_and_taken_off(publish, happen, new_person, actor, clock):
    lists.create_list(actor=actor, name="Cold", key="cold", clock=clock)
    step = {"type": "list", "list": "cold"}
    publish(
        {
            "a": {**step, "do": "add", "next": "w"},
            "w": {"type": "wait_event", "event": "Back", "for": DAY, "next": {"happened": "b"}},
            "b": {**step, "do": "remove"},
        }
    )
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    assert Membership.objects.filter(person=ada, segment__key="cold").exists()
    happen(ada, "Back")
    loop.run_once(clock)
    assert not Membership.objects.filter(person=ada).exists()


def test_a_notice_goes_to_whom_it_names_and_the_journey_goes_on(publish, happen, new_person, user, clock):
    publish({"tell": {"type": "notify", "about": "A visitor asks", "to": [user.email]}})
    happen(new_person("Ada"), "Signed Up")
    task = JourneyTask.objects.get()
    assert (task.assignee, task.kind, run_of(task.person).outcome) == (user, "notice", "completed")
    notice = Notice.objects.get(user=user)
    assert (notice.params["about"], notice.url) == ("A visitor asks", f"/journeys/tasks/{task.pk}/")


def test_another_journey_is_gone_through_and_waited_for(publish, happen, later, new_person):
    inner = publish({"a": {"type": "wait", "for": DAY}}, {"type": "api"}, goal={"event": "Paid"})
    step = {
        "type": "journey",
        "journey": str(inner.pk),
        "wait": True,
        "for": {"days": 9},
        "next": {"goal": "x", "ended": "y"},
    }
    publish({"other": step, "x": {"type": "end"}, "y": {"type": "end"}})
    ada, bob = new_person("Ada"), new_person("Bob")
    happen(ada, "Signed Up")
    happen(bob, "Signed Up")
    later(minutes=1)
    happen(bob, "Paid")
    later(days=2)
    outer = {
        person.name: Enrolment.objects.exclude(journey=inner).get(person=person) for person in (ada, bob)
    }
    assert {name: path(row) for name, row in outer.items()} == {
        "Ada": ["other:ended", "y"],
        "Bob": ["other:goal", "x"],
    }
    assert outer["Ada"].data["other"] == {"outcome": "completed"}


def test_consent_is_asked_for_and_the_answer_waited_for(publish, happen, later, new_person, purpose):
    step = {
        "type": "ask_consent",
        "purpose": purpose.key,
        "channel": "email",
        "for": DAY,
        "next": {"given": "x"},
    }
    publish({"ask": step, "x": {"type": "end"}})
    ada, bob, eve = new_person("Ada"), new_person("Bob"), agreed(new_person("Eve"), purpose)
    for person in (ada, bob, eve):
        happen(person, "Signed Up")
    assert set(ConsentRequest.objects.values_list("person__name", flat=True)) == {"Ada", "Bob"}
    happen(ada, "Consent Granted", purpose="other", channel="email")
    assert path(run_of(ada)) == []
    happen(ada, "Consent Granted", purpose=purpose.key, channel="email")
    later(days=2)
    assert [path(run_of(p))[0] for p in (ada, bob, eve)] == ["ask:given", "ask:timeout", "ask:given"]


def test_whoever_has_withdrawn_is_not_asked_for_consent(publish, happen, new_person, purpose):
    step = {"type": "ask_consent", "purpose": purpose.key, "channel": "email", "for": DAY}
    publish({"ask": step})
    joe = new_person("Joe")
    decide(joe, purpose, "withdrawn")
    happen(joe, "Signed Up")
    assert run_of(joe).passages.order_by("pk")[0].because["reason"] == "withdrawn"
    assert not ConsentRequest.objects.filter(person=joe).exists()


def test_the_first_channel_that_reaches_them_carries_the_message(
    publish, happen, new_person, purpose, template, channel
):
    message = {"channel": "email", "template": str(template.pk)}
    publish({"send": {"type": "send_best", "messages": [message], "purpose": purpose.key}})
    ada, bob = agreed(new_person("Ada"), purpose), new_person("Bob")
    happen(ada, "Signed Up")
    happen(bob, "Signed Up")
    assert [path(run_of(person)) for person in (ada, bob)] == [["send:sent"], ["send:unreachable"]]
    assert run_of(bob).passages.get().because == {"reason": "no_consent"}
    assert [row.person for row in Delivery.objects.all()] == [ada]
    publish(
        {"by": {"type": "reach", "purpose": purpose.key, "channels": ["sms", "email"]}},
        {"type": "event", "event": "Asked"},
    )
    happen(ada, "Asked")
    assert path(Enrolment.objects.get(person=ada, data__trigger__event="Asked")) == ["by:email"]


@pytest.mark.parametrize(("otherwise", "expected"), [("wait", 1), ("skip", 0)])
def test_a_message_keeps_to_its_window(
    publish, happen, later, new_person, purpose, template, clock, otherwise, expected
):
    window = {"from": "18:00", "until": "20:00", "otherwise": otherwise}
    publish({"mail": send_step(template, window=window)})
    ada = agreed(new_person("Ada"), purpose)
    happen(ada, "Signed Up")
    assert not Delivery.objects.exists()
    later(seconds=(run_of(ada).due_at - clock.now()).total_seconds() if run_of(ada).due_at else 0)
    assert Delivery.objects.count() == expected
    assert path(run_of(ada)) == ["mail"]


def test_decisions_learn_from_the_goal_and_say_how_likely_they_were(publish, happen, new_person, clock):
    step = {"type": "decide", "options": {"a": {}, "b": {}}, "next": {"a": "w", "b": "w"}}
    row = publish({"pick": step, "w": {"type": "wait", "for": DAY}}, goal={"event": "Paid"})
    for at in range(40):
        person = new_person(f"Ada {at}")
        happen(person, "Signed Up")
        if path(run_of(person)) == ["pick:a"]:
            happen(person, "Paid")
    arms = {arm.option: arm for arm in ChoiceArm.objects.filter(journey=row)}
    assert arms["a"].won == arms["a"].chosen > 20
    assert arms["b"].won == 0
    assert arms["a"].chosen + arms["b"].chosen == 40
    latest = run_of(person)
    assert latest.data["pick"]["propensity"] == latest.passages.first().because["propensity"]
    payloads = b"".join(bytes(payload) for (payload,) in OutboxEvent.objects.values_list("payload"))
    assert payloads.count(b'"Journey Choice Made"') == 40


def test_rules_decide_by_the_first_that_fits(publish, happen, new_person):
    rule = {"if": {"property": "total", "op": "gte", "value": 100}}
    publish(
        {
            "pick": {
                "type": "decide",
                "by": "rules",
                "options": {"big": rule, "small": {"if": {"property": "total", "op": "gte", "value": 10}}},
            }
        }
    )
    paths = {}
    for total in (5, 50, 500):
        person = new_person(f"Ada {total}")
        happen(person, "Signed Up", total=total)
        paths[total] = path(run_of(person))
    assert paths == {5: ["pick:none"], 50: ["pick:small"], 500: ["pick:big"]}


def test_propensities_are_those_of_the_dice():
    even = bandit.propensities({"a": (0, 0), "b": (0, 0), "c": (0, 0)}, 0.1)
    assert all(abs(value - 1 / 3) < 1e-6 for value in even.values())
    # P(Beta(8, 4) > Beta(5, 7)), counted by a million throws of dice: 0.897.
    learned = bandit.propensities({"a": (10, 7), "b": (10, 4)}, 0.0)
    assert abs(learned["a"] - 0.897) < 0.005
    assert (
        abs(
            bandit.propensities({"a": (100_000, 5_200), "b": (100_000, 5_000)}, 0.2)["a"]
            - (0.8 * 0.979 + 0.1)
        )
        < 0.01
    )


class Assuming:
    """Effects as a replay has them."""

    def act(self, act: Act, step: str, config: Any, positions: Any) -> Any:
        return act.assume(Errand(step, config, positions, SYSTEM))

    def emit(self, *given: Any) -> None: ...


@pytest.mark.parametrize(
    ("config", "branch"),
    [
        ({"type": "approval", "for": DAY}, "approved"),
        ({"type": "task"}, "next"),
        ({"type": "list"}, "next"),
        ({"type": "ask_consent", "for": DAY}, "timeout"),
        ({"type": "journey", "wait": True}, "ended"),
        ({"type": "decide", "options": {"a": {}}}, "a"),
        ({"type": "experiment", "experiment": "x", "variants": ["b"]}, "b"),
        ({"type": "points", "points": 5}, "next"),
        ({"type": "coupon"}, "given"),
        ({"type": "webhook", "for": DAY}, "answered"),
    ],
)
def test_a_replay_assumes_an_answer_and_does_nothing(db, config, branch):
    position = Position(1, uuid.uuid4(), "", "s", {}, SYSTEM.now())
    kind = STEP_KINDS[config["type"]]
    [outcome] = kind.run("s", config, [Arrival(position)], LiveWorld(SYSTEM.now()), Assuming())
    assert outcome.branch == branch
    assert branch in kind.branches(config)


def test_problems_of_the_new_steps_are_named(publish, db: None, actor: Actor, clock):
    steps = {
        "a": {"type": "list", "list": "nowhere", "next": "b"},
        "b": {"type": "journey", "journey": "x" * 36, "next": "c"},
        "c": {"type": "notify", "about": "x", "to": ["nobody@example.com"], "next": "d"},
        "d": {"type": "decide", "options": {"none": {}}},
    }
    row = journeys.create(
        actor=actor,
        name="x",
        definition={"trigger": {"type": "date"}, "start": "a", "steps": steps},
        clock=clock,
    )
    pointers = {problem.pointer for problem in definitions.check(row.draft)}
    assert pointers == {
        "/steps/a/list",
        "/steps/b/journey",
        "/steps/c/to",
        "/steps/d/options",
        "/trigger/trait",
        "/trigger/time",
    }
