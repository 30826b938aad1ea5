"""The demo's journey: whoever leaves a cart behind is reminded, unless they buy; some customers are on it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from rapport.content.models import Template
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock, VirtualClock
from rapport.governance.models import Purpose
from rapport.journeys.models import Journey
from rapport.journeys.services import entering, journeys
from rapport.journeys.services.entering import Entrant
from rapport.journeys.services.tallies import Tally
from rapport.journeys.services.world import LiveWorld
from rapport.people.models import Person

NAME = "Cart left behind"
MOST = 40
SINCE = dt.timedelta(hours=6)


def seed(clock: Clock = SYSTEM) -> bool:
    """Makes it, unless there is one or no template to send; says whether it did."""
    template = (
        Template.objects.filter(channel="email", archived_at=None, is_inline=False).order_by("pk").first()
    )
    purpose = Purpose.objects.filter(key="newsletter", archived_at=None).first()
    if template is None or purpose is None or Journey.objects.exists():
        return False
    actor, entered = system("demo"), VirtualClock(clock.now() - SINCE)
    definition = _definition(str(template.pk), purpose.key)
    with transaction.atomic():
        row = journeys.create(actor=actor, name=NAME, definition=definition, clock=entered)
        version = journeys.publish(actor=actor, journey_id=row.pk, clock=entered)
        row.refresh_from_db()
        persons = Person.objects.filter(merged_into=None, erased_at=None, is_identified=True).order_by("id")
        people = [
            Entrant(
                person, "", {"event": "Cart Abandoned", "at": entered.now().isoformat(), "properties": {}}
            )
            for person in persons.values_list("pk", flat=True)[:MOST]
        ]
        entering.enter(row, version, people, LiveWorld(entered.now()), entered)
        for days in range(3, 30):
            _past_day(row, clock.now() - dt.timedelta(days=days), 9 + days * 7 % 12)
    return True


def _past_day(row: Journey, day: dt.datetime, people: int) -> None:
    """What the flow counted on a day: those who came in two days before it went on."""
    tally = Tally()
    tally.entered("two_days", people)
    for number in range(people):
        tally.moved("two_days", "")
        if number % 9 == 4:
            tally.ended("two_days", "goal")
            continue
        tally.passed("two_days", "next", 172_800)
        is_worth = number % 3 != 0
        tally.passed("worth", "yes" if is_worth else "no", 0)
        if is_worth:
            tally.passed("morning", "next", 3_600 * (3 + number % 14))
            tally.passed("reminder", "next", 0)
            comes_back = number % 4 == 1
            tally.passed("bought", "happened" if comes_back else "timeout", 40_000 if comes_back else 259_200)
        else:
            tally.passed("share", "leave" if number % 2 else "remind", 0)
        tally.ended("done" if number % 4 == 1 else "last", "completed")
    tally.write(row.pk, row.live_id or 0, day)


def _definition(template: str, purpose: str) -> dict[str, Any]:
    message = {"type": "send", "channel": "email", "template": template, "purpose": purpose}
    return {
        "trigger": {"type": "event", "event": "Cart Abandoned"},
        "entry": {"again": "after", "days": 14},
        "goal": {"event": "Order Completed"},
        "start": "two_days",
        "steps": {
            "two_days": {"type": "wait", "for": {"days": 2}, "title": "Time to think", "next": "worth"},
            "worth": {
                "type": "if",
                "title": "Is it worth a letter?",
                "if": {"property": "value", "op": "gte", "value": 50},
                "next": {"yes": "morning", "no": "share"},
            },
            "share": {"type": "share", "title": "Half of the small ones", "shares": {"remind": 50, "leave": 50},
                      "next": {"remind": "morning"}},
            "morning": {"type": "wait_until", "title": "In the morning", "time": "09:00", "next": "reminder"},
            "reminder": {**message, "title": "Reminder", "next": "bought"},
            "bought": {
                "type": "wait_event",
                "title": "Do they come back?",
                "event": "Checkout Started",
                "for": {"days": 3},
                "next": {"happened": "done", "timeout": "last"},
            },
            "last": {**message, "title": "Last reminder"},
            "done": {"type": "end", "title": "They are back"},
        },
    }  # fmt: skip
