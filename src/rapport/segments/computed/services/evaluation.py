"""Live upkeep: after something happened to some persons, all computed traits are asked about them at once.

Runs before the segments look, in the same pass: values are written as traits and their rows in ClickHouse
renewed, so the segments see them. The pass marks nobody as changed, so that it does not call itself.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from rapport.core import clickhouse, id_batch
from rapport.people.models import Person
from rapport.people.services.profile import TraitUpdate, apply_traits
from rapport.people.services.projector import project
from rapport.segments.computed import queries
from rapport.segments.computed.services import compiler
from rapport.segments.computed.services.compiler import Wanted
from rapport.segments.models import ComputedTrait

log = logging.getLogger(__name__)
CHUNK = 20_000
SOURCE = "computed"

Values = dict[uuid.UUID, dict[str, Any]]


def evaluate_people(person_ids: list[uuid.UUID], now: dt.datetime) -> None:
    """Brings the computed traits of these persons up to date; one query per 20,000 of them. Repeatable."""
    wanted = queries.wanted(queries.kept_up())
    if not wanted:
        return
    for chunk in chunks(person_ids, CHUNK):
        write(_fresh(wanted, chunk, now), now, source=SOURCE)


def chunks(person_ids: Sequence[uuid.UUID], size: int) -> Iterator[list[uuid.UUID]]:
    """Each person once, in the one order in which everybody locks them."""
    ordered = sorted(set(person_ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def write(fresh: Values, now: dt.datetime, *, source: str) -> set[uuid.UUID]:
    """Writes what differs from the persons' traits and renews their rows in ClickHouse; returns whose."""
    if not fresh:
        return set()
    stored = dict(Person.objects.filter(pk__in=list(fresh)).values_list("pk", "traits"))
    updates = [
        TraitUpdate(person, different, now, source, "")
        for person, values in fresh.items()
        if person in stored and (different := _different(values, stored[person]))
    ]
    changed = apply_traits(updates)
    project(changed)
    return changed


def _different(values: dict[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Compared as JSON, because true is no 1."""
    return {
        name: value
        for name, value in values.items()
        if json.dumps(value, sort_keys=True) != json.dumps(stored.get(name), sort_keys=True)
    }


def _fresh(wanted: Wanted, person_ids: Sequence[uuid.UUID], now: dt.datetime) -> Values:
    """{person: {trait: value}} of those who differ. One trait that fails does not hold up the others."""
    try:
        compiled = compiler.compile_differences(wanted, now=now, person_ids=person_ids)
        rows = clickhouse.rows(compiled.sql, compiled.parameters)
        id_batch.confirm(compiled.id_batches)
    except ClickHouseError as error:
        if not _engine_answers():
            raise
        return _without_the_failing(wanted, person_ids, now, error)
    names = list(wanted)
    return {
        row["person_id"]: {
            name: json.loads(text) if text else None for name, text in zip(names, row["fresh"], strict=True)
        }
        for row in rows
    }


def _without_the_failing(
    wanted: Wanted, person_ids: Sequence[uuid.UUID], now: dt.datetime, error: Exception
) -> Values:
    names = list(wanted)
    if len(names) == 1:
        log.warning("Computed trait %s cannot be kept up: %s", names[0], error)
        ComputedTrait.objects.filter(key=names[0], archived_at=None).update(
            problem=clickhouse.explained(error)[:500]
        )
        return {}
    fresh: Values = {}
    for half in (names[: len(names) // 2], names[len(names) // 2 :]):
        for person, values in _fresh({name: wanted[name] for name in half}, person_ids, now).items():
            fresh.setdefault(person, {}).update(values)
    return fresh


def _engine_answers() -> bool:
    try:
        return bool(clickhouse.scalar("SELECT 1") == 1)
    except (ClickHouseError, OSError):
        return False
