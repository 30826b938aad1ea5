"""What a definition gives, looked at for a sample of people, without storing anything."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any

from rapport.core import clickhouse, id_batch
from rapport.core.access import Actor
from rapport.people.models import Person
from rapport.people.queries import people
from rapport.segments.computed.language import definition
from rapport.segments.computed.language.figures import FIGURES
from rapport.segments.computed.services import compiler
from rapport.segments.services import hidden

SAMPLE = 2_000
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Preview:
    """Of `looked_at` people picked at random, `covered` have a value; `rows` are a few of them whom the actor may
    see, with their values. `low`, `middle`, `high` for figures; `top` for values."""

    looked_at: int
    covered: int
    rows: list[tuple[Person, Any]]
    low: Any = None
    middle: Any = None
    high: Any = None
    top: tuple[tuple[str, int], ...] = ()

    @property
    def share(self) -> float:
        return self.covered / self.looked_at if self.looked_at else 0.0


def preview(*, actor: Actor, definition_: Any, now: dt.datetime) -> Preview:
    """Raises InvalidDefinition, ClickHouseError."""
    actor.require("segments.view")
    definition.validate(definition_)
    hidden.check(actor, definition_)
    ids = _sample()
    if not ids:
        return Preview(0, 0, [])
    compiled = compiler.compile_values([definition_], now=now, person_ids=ids)
    rows = clickhouse.rows(compiled.sql, compiled.parameters)
    id_batch.confirm(compiled.id_batches)
    values = {r["person_id"]: json.loads(r["fresh"][0]) for r in rows if r["fresh"][0]}
    return Preview(
        len(rows), len(values), _shown(actor, values), **_figures(definition_, list(values.values()))
    )


def _sample() -> list[uuid.UUID]:
    """The same people each time, so that a change of the definition shows in the same rows."""
    sql = (
        "SELECT person_id FROM people FINAL WHERE deleted = 0 "
        f"ORDER BY is_identified DESC, cityHash64(person_id) LIMIT {SAMPLE}"
    )
    return [row["person_id"] for row in clickhouse.rows(sql)]


def _shown(actor: Actor, values: dict[uuid.UUID, Any]) -> list[tuple[Person, Any]]:
    persons = people(actor).filter(pk__in=list(values)[:200]).order_by("-last_seen_at")[:SHOWN]
    return [(person, values[person.pk]) for person in persons]


def _figures(definition_: dict[str, Any], values: list[Any]) -> dict[str, Any]:
    gives = FIGURES[definition_["figure"]].gives
    if gives in ("number", "days"):
        numbers = sorted(value for value in values if isinstance(value, int | float))
        return {"low": numbers[0], "middle": median(numbers), "high": numbers[-1]} if numbers else {}
    if gives in ("value", "list"):
        texts = [str(part) for value in values for part in (value if isinstance(value, list) else [value])]
        return {"top": tuple(Counter(texts).most_common(5))}
    return {}
