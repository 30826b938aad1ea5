"""Lists: segments whose members are put in and taken out by hand, each with who did it and how."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.people.models import Identifier, Person
from rapport.people.queries import people
from rapport.people.services.changes import mark_changed
from rapport.people.services.changes import segment as membership_of
from rapport.segments.models import ListEntry, Segment
from rapport.segments.services import changes, segments

# Nobody fits by rule; whoever is on the list was put there.
NO_RULE: dict[str, object] = {"any": []}
BLOCK = 5_000
MAX_LINES = 500_000


@transaction.atomic
def create_list(
    *, actor: Actor, name: str, description: str = "", key: str = "", clock: Clock = SYSTEM
) -> Segment:
    """An empty list. Raises ValidationError for a bad name or a key that is taken."""
    actor.require("segments.edit")
    segment = segments.create_segment(
        actor=actor, name=name, description=description, key=key, definition=dict(NO_RULE), kind=Segment.Kind.LIST,
        clock=clock,
    )  # fmt: skip
    segment.computed_version, segment.computed_at = segment.version, clock.now()
    segment.save(update_fields=["computed_version", "computed_at"])
    return segment


@transaction.atomic
def add_people(
    *, actor: Actor, segment: Segment, person_ids: Sequence[uuid.UUID], how: str, clock: Clock = SYSTEM
) -> int:
    """Puts persons on the list; returns how many are new. Raises ValidationError for a segment by rules."""
    added = 0
    _require_list(actor, segment)
    allowed = list(people(actor).filter(pk__in=list(person_ids)).values_list("pk", flat=True))
    for start in range(0, len(allowed), BLOCK):
        chunk = allowed[start : start + BLOCK]
        before = set(segment.memberships.filter(person_id__in=chunk).values_list("person_id", flat=True))
        new = [person for person in chunk if person not in before]
        entries = [
            ListEntry(
                segment=segment, person_id=person, added_at=clock.now(), added_by=actor.label, how=how[:200]
            )
            for person in new
        ]
        ListEntry.objects.bulk_create(entries, ignore_conflicts=True)
        _apply(segment, new, {person: [0] for person in new}, clock)
        added += len(new)
    _record(actor, "segment.people_added", segment, {"people": added, "how": how[:200]}, clock)
    return added


@transaction.atomic
def remove_people(
    *, actor: Actor, segment: Segment, person_ids: Sequence[uuid.UUID], clock: Clock = SYSTEM
) -> int:
    """Takes persons off the list; returns how many were on it."""
    _require_list(actor, segment)
    on = list(segment.memberships.filter(person_id__in=list(person_ids)).values_list("person_id", flat=True))
    ListEntry.objects.filter(segment=segment, person_id__in=on).delete()
    for start in range(0, len(on), BLOCK):
        _apply(segment, on[start : start + BLOCK], {}, clock)
    _record(actor, "segment.people_removed", segment, {"people": len(on)}, clock)
    return len(on)


def _apply(
    segment: Segment, persons: list[uuid.UUID], fits: dict[uuid.UUID, list[int]], clock: Clock
) -> None:
    """Writes it, and lets segments that look at this list follow."""
    if not persons:
        return
    now = clock.now()
    changes.apply_difference(
        segments=[segment], person_ids=persons, fits=fits, now=now, reason="list", live=True
    )
    mark_changed(persons, membership_of(segment.key))


@dataclass(frozen=True, slots=True)
class Found:
    """Whom pasted lines mean: persons, and the lines that mean nobody."""

    person_ids: list[uuid.UUID]
    unknown: list[str]


def find_people(actor: Actor, text: str) -> Found:
    """Persons by id, e-mail address or user id, one per line (a spreadsheet's first column, too).

    Raises ValidationError for more lines than can be taken at once.
    """
    lines = [line.strip().strip('"') for line in re.split(r"[\r\n,;\t]+", text.removeprefix("\ufeff"))]
    wanted = list(dict.fromkeys(line for line in lines if line))
    if len(wanted) > MAX_LINES:
        raise ValidationError(_("At most %(n)d lines can be added at once.") % {"n": MAX_LINES})
    by_line: dict[str, uuid.UUID] = {}
    for start in range(0, len(wanted), BLOCK):
        by_line |= _look_up(wanted[start : start + BLOCK])
    roots = _survivors(set(by_line.values()))
    seen = set(people(actor).filter(pk__in=set(roots.values())).values_list("pk", flat=True))
    by_text = {line: roots[person] for line, person in by_line.items() if roots.get(person) in seen}
    return Found(list(dict.fromkeys(by_text.values())), [line for line in wanted if line not in by_text])


def _look_up(lines: list[str]) -> dict[str, uuid.UUID]:
    by_text: dict[str, uuid.UUID] = {}
    values = {line.lower(): line for line in lines} | {line: line for line in lines}
    rows = Identifier.objects.filter(type__in=("email", "user_id"), value__in=list(values))
    for value, person in rows.values_list("value", "person_id"):
        by_text[values[value]] = person
    ids = {str(parsed): line for line in lines if (parsed := _uuid(line))}
    for person in Person.objects.filter(pk__in=list(ids)).values_list("pk", flat=True):
        by_text[ids[str(person)]] = person
    return by_text


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _survivors(person_ids: set[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    from rapport.people.queries import survivor_of

    return dict(survivor_of(person_ids)) if person_ids else {}


def _require_list(actor: Actor, segment: Segment) -> None:
    actor.require("segments.edit")
    if segment.kind != Segment.Kind.LIST:
        raise ValidationError(_("The members of this segment are decided by its rules."))


def _record(actor: Actor, action: str, segment: Segment, data: dict[str, object], clock: Clock) -> None:
    audit.record(
        actor=actor, action=action, object_type="segment", object_id=segment.pk, data=data, clock=clock
    )
