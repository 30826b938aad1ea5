"""What is flagged as personal in events is hidden wherever a journey shows what it looked at."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError

from rapport.core.access import Actor
from rapport.core.permissions import grants_from
from rapport.events.models import EventProperty, EventType
from rapport.journeys.services import journeys
from rapport.journeys.tests.conftest import run_of
from rapport.journeys.tests.test_replays import happened, tried

__all__ = ["happened", "tried"]
ASKS = {"type": "if", "if": {"property": "mail", "op": "contains", "value": "@"}, "next": {"yes": "w"}}
WAIT = {"type": "wait", "for": {"days": 9}}
TRIGGER = {"type": "event", "event": "Quiz Won", "key": "mail"}
SECRET = "eve@example.org"


@pytest.fixture(autouse=True)
def flagged(db, clickhouse):
    event = EventType.objects.create(name="Quiz Won")
    EventProperty.objects.create(event=event, name="mail", personal="yes")


@pytest.fixture
def owner(api_as):
    return api_as("owner")


def test_a_viewer_sees_why_but_not_the_values(publish, happen, happened, new_person, api_as, tried, clock):
    row = publish({"if": ASKS, "w": WAIT}, TRIGGER, audience={"trait": "plan", "op": "exists"})
    ada, bob = new_person("Ada"), new_person("Bob")
    ada.traits = {"plan": "pro"}
    ada.save()
    happen(ada, "Quiz Won", mail=SECRET)
    for person in (ada, bob):
        happened(person, "Quiz Won", 0, mail=SECRET)
    clock.advance(dt.timedelta(hours=1))
    replay = tried(row)["id"]
    paths = [
        f"/journeys/enrolments/{run_of(ada).pk}",
        f"/journeys/{row.pk}/enrolments",
        f"/people/{ada.pk}/journeys",
        f"/journeys/{row.pk}/walks/{ada.pk}?days=400",
        f"/people/{bob.pk}/journeys/{row.pk}/why-not?days=400",
        f"/journeys/{row.pk}/replays/{replay}",
    ]
    for path in paths:
        seen = {role: json.dumps(api_as(role)("GET", path)[1]) for role in ("owner", "viewer")}
        assert SECRET in seen["owner"], path
        assert SECRET not in seen["viewer"], path


def test_nobody_lets_a_journey_ask_what_they_may_not_see(publish):
    row = publish({"if": ASKS, "w": WAIT}, TRIGGER)
    marketer = Actor("user", "2", "x", grants_from({"journeys.view": "all", "journeys.edit": "all"}))
    with pytest.raises(ValidationError, match="mail"):
        journeys.create(actor=marketer, name="Any", definition=row.draft)
    again = {**row.draft, "steps": {"if": ASKS, "w": {**WAIT, "title": "Rest"}}}
    assert journeys.edit(actor=marketer, journey_id=row.pk, definition=again).revision == 2
