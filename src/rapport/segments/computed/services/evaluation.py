"""Live upkeep: after something of some persons changed, the computed traits that depend on it are asked about them.

Runs before the segments look, in the same pass: values are written as traits and their rows in ClickHouse
renewed, so the segments see them. The pass marks nobody as changed, so that it does not call itself.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from rapport.core import clickhouse, id_batch
from rapport.people.models import Person
from rapport.people.registry import Changes
from rapport.people.services import families
from rapport.people.services.changes import ANYTHING, mark
from rapport.people.services.profile import TraitUpdate, apply_traits
from rapport.people.services.projector import project
from rapport.segments.computed import queries
from rapport.segments.computed.services import compiler
from rapport.segments.models import ComputedTrait
from rapport.segments.services import upkeep

log = logging.getLogger(__name__)
SOURCE = "computed"

Values = dict[uuid.UUID, dict[str, Any]]
Wanted = tuple[str, dict[str, Any] | None]


def evaluate(changes: Changes, now: dt.datetime) -> None:
    """Brings the computed traits that depend on what changed up to date. Repeatable."""
    wanted = list(queries.wanted(queries.kept_up()).items())
    needs = [compiler.needs(key, definition) for key, definition in wanted]
    for positions, persons in upkeep.affected(changes, needs):
        for chunk in upkeep.chunks(persons):
            for values in _fresh([wanted[place] for place in positions], chunk, now):
                write(values, changes, now, source=SOURCE)


def write(fresh: Values, changes: Changes, now: dt.datetime, *, source: str) -> set[uuid.UUID]:
    """Writes what differs from the persons' traits and renews their rows in ClickHouse; returns whose.

    Adds to `changes` which traits of whom have another value now. Whom somebody else is merging or writing right now
    is looked at again in a later pass: this one has locked others already, and waiting could deadlock.
    """
    if not fresh:
        return set()
    standing = Person.objects.filter(pk__in=list(fresh), merged_into=None, erased_at=None)
    updates = [
        TraitUpdate(person, different, now, source, "")
        for person, traits in standing.values_list("pk", "traits")
        if (different := _different(fresh[person], traits))
    ]
    free = families.free(update.person_id for update in updates)
    mark({u.person_id: changes.get(u.person_id, {ANYTHING}) for u in updates if u.person_id not in free})
    changed = apply_traits([update for update in updates if update.person_id in free])
    project(changed)
    for person, traits in changed.items():
        changes.setdefault(person, set()).update(traits)
    return set(changed)


def _different(values: dict[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Compared as JSON, because true is no 1."""
    return {
        name: value
        for name, value in values.items()
        if json.dumps(value, sort_keys=True) != json.dumps(stored.get(name), sort_keys=True)
    }


def _fresh(wanted: Sequence[Wanted], person_ids: Sequence[uuid.UUID], now: dt.datetime) -> list[Values]:
    """{person: {trait: value}} of those who differ, of the traits that could be asked together."""
    answers = upkeep.ask_apart(wanted, lambda asked_together: _ask(asked_together, person_ids, now), _refused)
    return [values for _, values in answers]


def _ask(wanted: Sequence[Wanted], person_ids: Sequence[uuid.UUID], now: dt.datetime) -> Values:
    compiled = compiler.compile_differences(dict(wanted), now=now, person_ids=person_ids)
    rows = clickhouse.rows(compiled.sql, compiled.parameters)
    id_batch.confirm(compiled.id_batches)
    return {
        row["person_id"]: {
            name: json.loads(text) if text else None
            for (name, _), text in zip(wanted, row["fresh"], strict=True)
        }
        for row in rows
    }


def _refused(wanted: Wanted, error: Exception) -> None:
    log.warning("Computed trait %s cannot be kept up: %s", wanted[0], error)
    ComputedTrait.objects.filter(key=wanted[0], archived_at=None).update(
        problem=clickhouse.explained(error)[:500]
    )
