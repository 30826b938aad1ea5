"""How far consent reaches: by purpose and channel, and what of it ends soon."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.process_cache import kept_by_cost
from rapport.core.ui.lists import ChoiceFilter
from rapport.governance.models import MARKETING, Consent, Purpose
from rapport.governance.registry import CONSENT_CHANNELS, channel_label
from rapport.people.models import Person
from rapport.people.queries.contact import contact_rule

SOON = dt.timedelta(days=30)
ENDING = "ending"
_STATES = """
SELECT c.purpose_id, c.channel, c.state, count(*), count(*) FILTER (WHERE c.expires_at <= %(soon)s),
    count(*) FILTER (WHERE c.expires_at <= %(now)s)
FROM governance_consent c WHERE c.state <> 'expired' OR c.expires_at IS NOT NULL GROUP BY 1, 2, 3
"""
_REACHABLE = """
SELECT c.purpose_id, count(*) FROM governance_consent c {joins}
WHERE c.channel = %(channel)s AND c.state = 'granted' AND (c.expires_at IS NULL OR c.expires_at > %(now)s)
    AND {refusal} = '' GROUP BY 1
"""


@dataclass(slots=True)
class Row:
    """How many persons stand where. `reachable` have an address and are not restricted; `ending` within 30 days."""

    purpose: Purpose
    channel: str
    label: str
    granted: int = 0
    pending: int = 0
    withdrawn: int = 0
    expired: int = 0
    undecided: int = 0
    ending: int = 0
    reachable: int = 0


def coverage(actor: Actor, clock: Clock = SYSTEM) -> list[Row]:
    """Of every marketing purpose and each channel on which anybody has decided, or could be reached."""
    actor.require("settings.view")
    total, states, reachable = _counted(clock)
    channels = [
        channel
        for channel in CONSENT_CHANNELS
        if channel.identifier or any(c == channel.key for _p, c in states)
    ]
    rows = []
    purposes = Purpose.objects.filter(basis__in=MARKETING, archived_at=None).order_by("position", "key")
    for purpose in purposes:
        for channel in channels:
            row = Row(purpose, channel.key, channel_label(channel.key))
            for state, (number, soon, over) in states.get((purpose.pk, channel.key), {}).items():
                if state == Consent.State.GRANTED:
                    row.granted, row.ending, row.expired = number - over, soon - over, row.expired + over
                else:
                    setattr(row, state, getattr(row, state) + number)
            row.reachable = reachable.get((purpose.pk, channel.key), 0)
            row.undecided = max(0, total - row.granted - row.pending - row.withdrawn - row.expired)
            rows.append(row)
    return rows


_States = dict[tuple[int, str], dict[str, tuple[int, int, int]]]


@kept_by_cost
def _counted(clock: Clock) -> tuple[int, _States, dict[tuple[int, str], int]]:
    """(persons, {(purpose, channel): {state: (all, ending soon, ended)}}, {(purpose, channel): reachable})."""
    now = clock.now()
    states: _States = {}
    reachable: dict[tuple[int, str], int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STATES, {"now": now, "soon": now + SOON})
        for purpose, channel, state, number, soon, over in cursor.fetchall():
            states.setdefault((purpose, channel), {})[state] = (number, soon, over)
        for channel in CONSENT_CHANNELS:
            if channel.identifier and any(key == channel.key for _purpose, key in states):
                rule = contact_rule("c.person_id", channel.identifier)
                values: dict[str, Any] = {"now": now, "channel": channel.key, **rule.parameters}
                cursor.execute(_REACHABLE.format(joins=rule.joins, refusal=rule.refusal), values)
                reachable |= {(purpose, channel.key): number for purpose, number in cursor.fetchall()}
    persons = Person.objects.filter(merged_into=None, erased_at=None).exclude(email="", name="").count()
    return persons, states, reachable


def consent_choices() -> list[tuple[str, str]]:
    """("purpose/channel/state", words) of what the list of people can be narrowed to."""
    states = [*Consent.State.choices, (ENDING, _("Ends within 30 days"))]
    pairs = Consent.objects.order_by().distinct().values_list("purpose__key", "purpose__name", "channel")
    return [
        (f"{key}/{channel}/{state}", f"{name}, {channel_label(channel)}: {label}")
        for key, name, channel in sorted(pairs)
        for state, label in states
    ]


class ConsentFilter(ChoiceFilter):
    """Persons by the state of a consent."""

    def chosen(self, values: list[Any]) -> Q:
        wanted, now = Q(), Now()
        for value in values:
            purpose, channel, state = str(value).split("/")
            ended = Q(expires_at__lte=now)
            condition = Q(purpose__key=purpose, channel=channel)
            if state == ENDING:
                condition &= Q(state="granted", expires_at__gt=now, expires_at__lte=now + SOON)
            elif state == Consent.State.GRANTED:
                condition &= Q(state="granted") & ~ended
            elif state == Consent.State.EXPIRED:
                condition &= Q(state="expired") | (Q(state="granted") & ended)
            else:
                condition &= Q(state=state)
            wanted |= condition
        return Q(Exists(Consent.objects.filter(wanted, person=OuterRef("pk"))))
