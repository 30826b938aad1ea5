"""What a segment's definition was: kept with each change, compared, brought back."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.segments.language import tree
from rapport.segments.models import DefinitionVersion, Segment


def keep(segment: Segment, *, actor_label: str, clock: Clock = SYSTEM, note: str = "") -> None:
    """Writes down the present definition as a version, once."""
    DefinitionVersion.objects.get_or_create(
        segment=segment,
        version=segment.version,
        defaults={
            "definition": segment.definition,
            "made_at": clock.now(),
            "made_by": actor_label,
            "note": note,
        },
    )


@transaction.atomic
def restore_version(*, actor: Actor, segment: Segment, version: int, clock: Clock = SYSTEM) -> Segment:
    """Makes an earlier definition the present one, as a new version. Raises DoesNotExist, InvalidDefinition."""
    from rapport.segments.services import segments

    actor.require("segments.edit")
    earlier = DefinitionVersion.objects.get(segment=segment, version=version)
    restored = segments.update_segment(
        actor=actor, segment=segment, definition=earlier.definition, clock=clock
    )
    note = _("As in version %(n)d") % {"n": version}
    DefinitionVersion.objects.filter(segment=segment, version=restored.version).update(note=note)
    return restored


@transaction.atomic
def duplicate(*, actor: Actor, segment: Segment, name: str = "", clock: Clock = SYSTEM) -> Segment:
    """A new segment with the same definition; of a list, with the same people on it."""
    from rapport.segments.services import lists, segments

    actor.require("segments.edit")
    name = name or _("Copy of %(name)s") % {"name": segment.name}
    if segment.kind == Segment.Kind.LIST:
        copy = lists.create_list(actor=actor, name=name, description=segment.description, clock=clock)
        people = list(segment.memberships.values_list("person_id", flat=True))
        how = _("Copied from %(name)s") % {"name": segment.name}
        lists.add_people(actor=actor, segment=copy, person_ids=people, how=how, clock=clock)
        return copy
    return segments.create_segment(
        actor=actor,
        name=name[:120],
        description=segment.description,
        definition=segment.definition,
        clock=clock,
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a comparison: `sign` is "+", "-" or ""."""

    sign: str
    text: str


def difference(before: Any, after: Any) -> list[Difference]:
    """Two definitions compared clause by clause, in words, one line per clause."""
    lines = list(unified_diff(_lines(before), _lines(after), n=50, lineterm=""))[3:]
    if not lines and before == after:
        return [Difference("", line) for line in _lines(after)]
    return [Difference("" if line[:1] == " " else line[:1], line[1:]) for line in lines]


def _lines(clause: Any, depth: int = 0) -> list[str]:
    indent = "  " * depth
    if isinstance(clause, dict):
        if "not" in clause:
            return [f"{indent}{_('not')}", *_lines(clause["not"], depth + 1)]
        for key, label in (("all", _("all of these")), ("any", _("any of these"))):
            if isinstance(clause.get(key), list):
                inner = [line for member in clause[key] for line in _lines(member, depth + 1)]
                return [f"{indent}{label}", *inner]
    return [f"{indent}{tree.describe_clause(clause)}"]


def as_document(segments_: list[Segment]) -> dict[str, Any]:
    """Definitions as one JSON document, for `import_document` here or elsewhere."""
    return {
        "rapport": "segments",
        "format": 1,
        "segments": [
            {
                "key": segment.key,
                "name": segment.name,
                "description": segment.description,
                "folder": segment.folder,
                "definition": segment.definition,
            }
            for segment in segments_
            if segment.kind == Segment.Kind.RULES
        ],
    }


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a document: keys that were created, changed, and left as they were."""

    created: list[str]
    changed: list[str]
    same: list[str]


@transaction.atomic
def import_document(*, actor: Actor, document: Any, clock: Clock = SYSTEM) -> Imported:
    """Takes in the segments of a document by key, those first that others look at; all or none.

    Raises InvalidDefinition, ValidationError, and ValueError for what is not such a document.
    """
    from rapport.segments.services import segments

    actor.require("segments.edit")
    rows = document.get("segments") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("key") for row in rows):
        raise ValueError(_("This is not an export of segments: it has no list “segments” with keys."))
    result = Imported([], [], [])
    for row in _in_order(rows):
        segment = Segment.objects.filter(key=row["key"], archived_at=None).first()
        if segment is None:
            _make(actor, row, clock)
            result.created.append(row["key"])
            continue
        before = (segment.definition, segment.name, segment.description)
        after = (
            row.get("definition"),
            row.get("name", segment.name),
            row.get("description", segment.description),
        )
        if before != after:
            segments.update_segment(
                actor=actor,
                segment=segment,
                definition=after[0],
                name=after[1],
                description=after[2],
                clock=clock,
            )
        (result.same if before == after else result.changed).append(row["key"])
    return result


def _make(actor: Actor, row: dict[str, Any], clock: Clock) -> None:
    from rapport.segments.services import segments

    segment = segments.create_segment(
        actor=actor,
        name=str(row.get("name") or row["key"]),
        key=str(row["key"]),
        description=str(row.get("description") or ""),
        definition=row.get("definition") or {},
        clock=clock,
    )
    Segment.objects.filter(pk=segment.pk).update(folder=str(row.get("folder") or "")[:80])


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    waiting = {str(row["key"]): row for row in rows}
    ordered: list[dict[str, Any]] = []
    while waiting:
        ready = [
            key for key, row in waiting.items() if not tree.references(row.get("definition")) & waiting.keys()
        ]
        for key in ready or list(waiting):
            ordered.append(waiting.pop(key))
    return ordered
