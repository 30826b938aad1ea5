"""A journey is tried over past events: who would have entered, what the gate objects to, what differs, and why not."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.urls import reverse

from rapport.core import jobs
from rapport.core.models import OutboxEvent
from rapport.journeys.models import Enrolment, Replay, ReplaySample
from rapport.journeys.services.replaying import replays
from rapport.journeys.tests.conftest import START, agreed, send_step
from rapport.messaging.models import Delivery

WAIT: dict[str, Any] = {"type": "wait", "for": {"hours": 1}}


@pytest.fixture
def happened(clickhouse):
    """`happened(person, event, hours after START, **properties)`: it is in the store of events."""

    def tell(person: Any, event: str, hours: float, **properties: Any) -> None:
        at = START + dt.timedelta(hours=hours)
        line = {
            "person_id": str(person.pk),
            "at": at.isoformat(),
            "event": event,
            "message_id": uuid.uuid4().hex,
        }
        row = {**line, "type": "track", "received_at": at.isoformat(), "properties": json.dumps(properties)}
        clickhouse.insert_lines("events", json.dumps(row).encode(), token=uuid.uuid4().hex)

    return tell


@pytest.fixture
def owner(api_as):
    return api_as("owner")


@pytest.fixture
def tried(owner, clock, page):
    """`tried(journey, …)`: the replay of all that happened, done."""

    def run(row: Any, **body: Any) -> dict[str, Any]:
        span = {
            "from": (START - dt.timedelta(days=1)).isoformat(),
            "to": (START + dt.timedelta(days=9)).isoformat(),
        }
        status, ordered = owner("POST", f"/journeys/{row.pk}/replays", {**span, **body})
        assert (status, ordered["state"]) == (202, "waiting")
        jobs.run_due(replays.KIND)
        return owner("GET", f"/journeys/{row.pk}/replays/{ordered['id']}")[1]

    return run


def test_who_would_have_entered_and_what_they_would_have_got(
    publish, tried, happened, new_person, purpose, template, channel
):
    wait = {"type": "wait_event", "event": "Paid", "for": {"days": 1}, "next": {"timeout": "mail"}}
    row = publish({"w": wait, "mail": send_step(template)}, goal={"event": "Bought"})
    ada, bob, eve = agreed(new_person("Ada"), purpose), new_person("Bob"), new_person("Eve")
    for hours, person in enumerate((ada, bob, eve), start=1):
        happened(person, "Signed Up", hours)
    happened(eve, "Bought", 5)
    before, answer = OutboxEvent.objects.count(), tried(row)
    result = answer["result"]
    assert (answer["state"], result["entered"], result["goal_rate"]) == ("done", 3, pytest.approx(1 / 3))
    assert result["steps"]["mail"] | {"branches": {}} == {
        "arrived": 2, "passed": 2, "standing": 0, "failed": 0, "sent": 1, "branches": {}, "skipped": {"no_consent": 1},
    }  # fmt: skip
    assert [(day["entered"], day.get("goal")) for day in result["days"] if "entered" in day] == [(3, 1)]
    assert sorted(sample["person"] for sample in answer["samples"]) == ["Ada", "Bob", "Eve"]
    assert (Enrolment.objects.count(), Delivery.objects.count(), OutboxEvent.objects.count()) == (
        0,
        0,
        before,
    )


def test_two_versions_are_compared_person_by_person(publish, tried, happened, new_person, owner):
    row = publish({"a": {"type": "end"}})
    where = {"property": "plan", "op": "is", "value": "pro"}
    draft = {**row.draft, "trigger": {**row.draft["trigger"], "where": where}}
    owner("PATCH", f"/journeys/{row.pk}", {"definition": draft})
    ada, bob = new_person("Ada"), new_person("Bob")
    happened(ada, "Signed Up", 1, plan="pro")
    happened(bob, "Signed Up", 1, plan="free")
    answer = tried(row, against=1)
    result = answer["result"]
    assert (result["entered"], result["against"]["entered"], result["refused"]) == (1, 2, {"where": 1})
    assert (result["difference"]["only_there"], result["difference"]["both"]) == (1, 1)
    assert [s["person"] for s in answer["samples"] if s["why"] == "differs"] == ["Bob"]


def test_caps_count_what_others_and_the_replay_itself_sent(
    publish, tried, happened, new_person, purpose, template, channel
):
    from rapport.messaging.models import FrequencyCap

    FrequencyCap.objects.create(messages=1, hours=24)
    steps = {"one": send_step(template, next="w"), "w": {**WAIT, "next": "two"}, "two": send_step(template)}
    row = publish(steps)
    happened(agreed(new_person("Ada"), purpose), "Signed Up", 1)
    result = tried(row)["result"]
    assert (result["sent"], result["skipped"]) == (1, {"capped": 1})


def test_a_trait_is_what_it_was_then(publish, tried, happened, new_person, clickhouse):
    condition = {"trait": "plan", "op": "is", "value": "free"}
    row = publish({"c": {"type": "if", "if": condition}})
    ada = new_person("Ada", plan="pro")
    line = {
        "person_id": str(ada.pk),
        "entity": "person",
        "trait": "plan",
        "source": "hand",
        "old": '"free"',
        "new": '"pro"',
    }
    at = (START + dt.timedelta(hours=3)).isoformat()
    clickhouse.insert_lines(
        "trait_history", json.dumps({**line, "at": at, "recorded_at": at}).encode(), token="t"
    )
    happened(ada, "Signed Up", 1)
    assert tried(row)["result"]["steps"]["c"]["branches"] == {"yes": 1}


def test_the_page_shows_it_and_walks_somebody_through(publish, tried, happened, new_person, page, owner):
    audience = {"trait": "city", "op": "is", "value": "Kiel"}
    row = publish({"a": {**WAIT, "next": "b"}, "b": {"type": "end"}}, audience=audience)
    ada, bob = new_person("Ada", city="Kiel"), new_person("Bob", city="Rome")
    happened(ada, "Signed Up", 1)
    happened(bob, "Signed Up", 2)
    path = reverse("journeys:try", args=[row.pk])
    assert page.post(path, {"days": "0", "since": f"{START:%Y-%m-%d}", "version": "draft"}).status_code == 302
    assert "Under way" in page.get(path).content.decode()
    assert page.post(path, {"cancel": "1"}).status_code == 302
    assert "was cancelled" in page.get(path).content.decode()
    tried(row)
    shown = page.get(path, {"who": str(ada.pk), "days": "400", "at": "1"}).content.decode()
    assert "Ada, step by step" in shown
    assert "1 person" in shown
    walk = owner("GET", f"/journeys/{row.pk}/walks/{ada.pk}?days=400")[1]["moments"]
    assert [(m["event"], [at["step"] for at in m["passed"]]) for m in walk] == [
        ("Signed Up", []),
        ("", []),
        ("", ["a", "b"]),
    ]


def test_why_somebody_did_not_enter_is_told_of_each_event(publish, happened, new_person, owner, clock, actor):
    from rapport.journeys.services import journeys

    trigger = {
        "type": "event",
        "event": "Signed Up",
        "where": {"property": "plan", "op": "is", "value": "pro"},
    }
    row = publish({"a": WAIT}, trigger)
    ada = new_person("Ada")
    clock.advance(dt.timedelta(hours=4))
    journeys.pause(actor=actor, journey_id=row.pk, clock=clock)
    for hours, plan in ((-1, "pro"), (1, "free"), (2, "pro"), (5, "pro")):
        happened(ada, "Signed Up", hours, plan=plan)
    history = owner("GET", f"/people/{ada.pk}/journeys/{row.pk}/why-not?days=400")[1]["history"]
    assert [entry["reason"] for entry in history] == ["not_live", "where", "unknown", "not_live"]
    assert history[1]["because"] == {"plan": "free"}


def test_the_holdout_enters_and_gets_nothing(publish, happen, new_person, tried, happened):
    row = publish({"a": {"type": "emit", "event": "Told"}}, holdout=50)
    people = [new_person(f"Ada {number}") for number in range(12)]
    for person in people:
        happen(person, "Signed Up")
        happened(person, "Signed Up", 1)
    held_back = set(Enrolment.objects.filter(outcome="holdout", moves=0).values_list("person", flat=True))
    assert 0 < len(held_back) < 12
    Enrolment.objects.all().delete()
    assert tried(row)["result"]["outcomes"] == {"holdout": len(held_back), "completed": 12 - len(held_back)}


def test_the_lift_of_the_goal_is_measured_against_the_holdout(
    publish, happen, new_person, happened, owner, page
):
    row = publish(
        {"a": WAIT},
        holdout=50,
        goal={"event": "Bought", "where": {"property": "total", "op": "gt", "value": 5}},
    )
    people = [new_person(f"Ada {number}") for number in range(12)]
    for number, person in enumerate(people):
        happen(person, "Signed Up")
        happened(person, "Bought", 24, total=number)
    happened(people[0], "Bought", 24 * 40, total=9)
    answer = owner("GET", f"/journeys/{row.pk}/holdout")[1]
    held_back = set(Enrolment.objects.filter(outcome="holdout").values_list("person", flat=True))
    reached = sum(person.pk in held_back for person in people[6:])
    assert answer["holdout"] == {"people": len(held_back), "reached": reached}
    assert answer["treated"] == {"people": 12 - len(held_back), "reached": 6 - reached}
    assert "What it brings" in page.get(reverse("journeys:try", args=[row.pk])).content.decode()


def test_erasing_somebody_takes_them_out_of_replays(publish, tried, happened, new_person):
    from rapport.journeys.services import personal_data

    row, ada = publish({"a": {"type": "end"}}), new_person("Ada")
    happened(ada, "Signed Up", 1)
    tried(row)
    assert personal_data.export([ada.pk])["journeys_tried"]
    personal_data.erase([ada.pk])
    assert (ReplaySample.objects.count(), Replay.objects.count()) == (0, 1)
