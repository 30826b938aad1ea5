"""What people choose for themselves beside consent: how often, a pause, and in which language."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.governance.models import ContactPreference
from rapport.people import queries as people
from rapport.people.registry import Mergeable, Pair
from rapport.people.services import changes

LONGEST_PAUSE = dt.timedelta(days=366)


class InvalidPreference(ValueError):
    """What was chosen cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Choice:
    """At most `messages` marketing messages within `days` (both or neither), nothing until `paused_until`."""

    messages: int | None = None
    days: int | None = None
    paused_until: dt.datetime | None = None
    language: str = ""


@transaction.atomic
def choose(
    *, actor: Actor, person_id: uuid.UUID, choice: Choice, source: str, clock: Clock = SYSTEM
) -> ContactPreference:
    """Sets all of it. A person (signed link) chooses for themselves only.

    Raises InvalidPreference, Http404, PermissionDenied.
    """
    if actor.kind == "person":
        if actor.id != str(person_id):
            raise PermissionDenied("A person may only decide for themselves.")
    else:
        people.require_persons(actor, "people.edit", [person_id])
    now = clock.now()
    values = _valid(choice, now)
    row = ContactPreference.objects.select_for_update().filter(pk=person_id).first()
    if all((getattr(row, name, None) or None) == (value or None) for name, value in values.items()):
        return row or ContactPreference(person_id=person_id)
    row, _created = ContactPreference.objects.update_or_create(
        person_id=person_id, defaults={**values, "changed_at": now}
    )
    changes.mark_changed([person_id], changes.CONSENTS)
    audit.record(
        actor=actor,
        action="preferences.changed",
        object_type="person",
        object_id=person_id,
        data=_snapshot(row) | {"source": source},
        clock=clock,
    )
    return row


def _valid(choice: Choice, now: dt.datetime) -> dict[str, Any]:
    """The fields of the row. Raises InvalidPreference."""
    if (choice.messages is None) != (choice.days is None) or choice.messages == 0 or choice.days == 0:
        raise InvalidPreference("A limit is a number of messages within a number of days, both from 1.")
    paused_until = choice.paused_until if choice.paused_until and choice.paused_until > now else None
    if paused_until and paused_until > now + LONGEST_PAUSE:
        raise InvalidPreference("A pause lasts a year at most.")
    return {**asdict(choice), "paused_until": paused_until}


_FIELDS = ("messages", "days", "paused_until", "language", "changed_at")


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """The survivor keeps what lets fewer messages through of both; {absorbed: what each of the two had}."""
    ids = {person for pair in pairs for person in pair}
    chosen = {row.person_id: row for row in ContactPreference.objects.filter(pk__in=ids)}
    moved: dict[uuid.UUID, Any] = {}
    for survivor, absorbed in pairs:
        theirs = chosen.pop(absorbed, None)
        if theirs is None:
            continue
        ours = chosen.get(survivor)
        moved[absorbed] = {"ours": _snapshot(ours) if ours else None, "theirs": _snapshot(theirs)}
        theirs.delete()
        chosen[survivor] = _stricter(survivor, ours, theirs)
        chosen[survivor].save(force_insert=ours is None)
        moved[absorbed]["joined"] = _snapshot(chosen[survivor])
    return moved


def _stricter(
    survivor: uuid.UUID, ours: ContactPreference | None, theirs: ContactPreference
) -> ContactPreference:
    kept = [row for row in (ours, theirs) if row]
    limits = [(row.messages / row.days, row.messages, row.days) for row in kept if row.messages and row.days]
    _rate, messages, days = min(limits, default=(0, None, None))
    newest = max(kept, key=lambda row: row.changed_at)
    return ContactPreference(
        person_id=survivor,
        messages=messages,
        days=days,
        paused_until=max((row.paused_until for row in kept if row.paused_until), default=None),
        language=newest.language or kept[0].language,
        changed_at=newest.changed_at,
    )


def _snapshot(row: ContactPreference) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _FIELDS}
    return {
        name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()
    }


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Gives the parted person their choice back; the survivor's too, unless they have chosen anew since."""
    if not snapshot:
        return
    survivor, absorbed = pair
    _restore(absorbed, snapshot["theirs"])
    row = ContactPreference.objects.filter(pk=survivor).first()
    if row is None or _snapshot(row) != snapshot["joined"]:
        return
    row.delete()
    if snapshot["ours"]:
        _restore(survivor, snapshot["ours"])


def _restore(person_id: uuid.UUID, values: dict[str, Any]) -> None:
    moments = {
        name: dt.datetime.fromisoformat(values[name]) if values[name] else None
        for name in ("paused_until", "changed_at")
    }
    ContactPreference.objects.update_or_create(person_id=person_id, defaults={**values, **moments})


MERGEABLE = Mergeable("contact preferences", ("governance.ContactPreference.person",), merge, unmerge)
