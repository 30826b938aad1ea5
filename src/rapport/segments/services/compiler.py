"""One compiler for preview, full computation and live upkeep: a definition becomes one ClickHouse query.

A person's row is joined with aggregates over his events, and a definition is a boolean expression over
both. So any number of clauses and segments costs one look at the events, and a person without events is
there to be found by absence. Only the set of persons differs between the three uses.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from rapport.core.queries import workspace
from rapport.segments.language import tree
from rapport.segments.language.compilation import NOBODY, Compilation
from rapport.segments.models import Segment


@dataclass(frozen=True, slots=True)
class Compiled:
    """A SELECT of `person_id` (survivors only) and its bound parameters."""

    sql: str
    parameters: dict[str, Any]
    # Persons laid beside the query, for `core.asked.confirm` once it is answered.
    asked: Mapping[int, int] = field(default_factory=dict)

    @property
    def count_sql(self) -> str:
        return f"SELECT count() FROM ({self.sql})"


def compile_definition(
    definition: dict[str, Any],
    *,
    now: dt.datetime,
    person_ids: Sequence[uuid.UUID] | None = None,
    zone: ZoneInfo | None = None,
) -> Compiled:
    """The query for everybody (or those of `person_ids`) whom a definition fits at `now`.

    Raises InvalidDefinition. Dates without a zone are read in `zone`, by default the workspace's.
    """
    tree.validate(definition)
    to = compilation(now=now, zone=zone, keys=tree.references(definition))
    holds = tree.compile_clause(definition, to)
    sql = f"SELECT person_id FROM ({person_rows(to, person_ids)}) WHERE {holds}"
    return Compiled(sql, to.parameters, to.asked())


def compile_many(
    definitions: Sequence[dict[str, Any]],
    *,
    now: dt.datetime,
    person_ids: Sequence[uuid.UUID],
    members: Mapping[str, list[uuid.UUID]] | None = None,
) -> Compiled:
    """One query over `person_ids` for many definitions: `person_id`, `fits` (their positions, from 0).

    `members` are the stored members, among `person_ids`, of segments that definitions refer to, by id.
    Persons whom nothing fits give no row.
    """
    keys = {key for definition in definitions for key in tree.references(definition)}
    to = compilation(now=now, keys=keys, members=members)
    answers = [
        f"toUInt8({tree.compile_clause(definition, to)}) AS f{i}" for i, definition in enumerate(definitions)
    ]
    # Answers as columns first, the list of them in a query around it: planned in half the time.
    each = f"SELECT person_id, {', '.join(answers)} FROM ({person_rows(to, person_ids)})"
    columns = ", ".join(f"f{i}" for i in range(len(answers)))
    sql = (
        f"SELECT person_id, arrayFilter((i, x) -> x, range({len(answers)}), [{columns}]) AS fits FROM ({each}) "
        "WHERE notEmpty(fits) SETTINGS max_ast_elements = 1000000, max_expanded_ast_elements = 2000000"
    )
    return Compiled(sql, to.parameters, to.asked())


def compilation(
    *,
    now: dt.datetime,
    keys: set[str],
    zone: ZoneInfo | None = None,
    members: Mapping[str, list[uuid.UUID]] | None = None,
) -> Compilation:
    """An empty query that knows the segments with these keys."""
    found = dict(Segment.objects.filter(key__in=keys).values_list("key", "id")) if keys else {}
    return Compilation(now, zone or ZoneInfo(workspace().time_zone), segment_ids=found, members=members)


def person_rows(to: Compilation, person_ids: Sequence[uuid.UUID] | None) -> str:
    """One row per person: the columns and aggregates that the compiled clauses asked for."""
    columns = "".join(f", {expression} AS {alias}" for expression, alias in to.columns.items())
    among = "" if person_ids is None else f" AND person_id IN ({to.id_list(person_ids)})"
    people = f"SELECT person_id{columns} FROM people FINAL WHERE deleted = 0{among}"
    if not to.aggregates:
        return people
    # `join_use_nulls` must not be on: a person without events then has zeroes and NULLs, as clauses expect.
    return f"SELECT * FROM ({people}) AS p LEFT JOIN ({_figures(to, person_ids)}) AS f USING person_id"


def _figures(to: Compilation, person_ids: Sequence[uuid.UUID] | None) -> str:
    """Aggregates per surviving person. Merged persons' events are joined in after they are aggregated."""
    inner = ", ".join(f"{first} AS {alias}" for (first, _), alias in to.aggregates.items())
    outer = ", ".join(f"{second}(e.{alias}) AS {alias}" for (_, second), alias in to.aggregates.items())
    conditions = [f"event IN ({', '.join(to.bind(name, 'String') for name in sorted(to.events))})"]
    if all(start is not None for start in to.since):
        conditions.append(f"at >= {to.moment(min(start for start in to.since if start))}")
    overrides, among = "SELECT person_id, survivor_id FROM person_override FINAL", ""
    if person_ids is not None:
        ids = to.id_list(person_ids)
        overrides += f" WHERE survivor_id IN ({ids})"
        # The key decides first, so that properties are read of these persons' rows only.
        among = f"PREWHERE person_id IN ({ids} UNION ALL SELECT person_id FROM ({overrides})) "
    per_id = (
        f"SELECT person_id, {inner} FROM events {among}WHERE {' AND '.join(conditions)} GROUP BY person_id"
    )
    survivor = f"if(o.survivor_id = {NOBODY}, e.person_id, o.survivor_id)"
    return (
        f"SELECT {survivor} AS person_id, {outer} FROM ({per_id}) AS e "
        f"LEFT JOIN ({overrides}) AS o ON o.person_id = e.person_id GROUP BY 1"
    )
