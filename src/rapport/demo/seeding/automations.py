"""The demo's journey: whoever leaves a cart behind is reminded, unless they buy; some customers are on it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.content.models import Template
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock, VirtualClock
from rapport.governance.models import Purpose
from rapport.journeys.models import Journey
from rapport.journeys.services import entering, journeys, rules
from rapport.journeys.services.entering import Entrant
from rapport.journeys.services.playbooks import PLAYBOOKS, making
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
        _ready_made(actor, purpose.key, entered)
    return True


def _ready_made(actor: Actor, purpose: str, clock: Clock) -> None:
    """A playbook that runs, one to be looked at, and a rule."""
    birthday = making.make(
        actor=actor, playbook=PLAYBOOKS["birthday"], answers={"purpose": purpose}, clock=clock
    )
    journeys.publish(actor=actor, journey_id=birthday.pk, clock=clock)
    making.make(actor=actor, playbook=PLAYBOOKS["after-purchase"], answers={"purpose": purpose}, clock=clock)
    given = {
        "event": "Message Complained",
        "do": "notify",
        "to": "owner",
        "about": _("Somebody complained about a message"),
    }
    rules.create(actor=actor, name=_("Complaints"), definition=rules.definition_of(given), clock=clock)


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
