"""One compiler for preview, full computation and live upkeep: a definition becomes one ClickHouse query.

A person's row is joined with aggregates over their events, and a definition is a boolean expression over
both. So any number of clauses and segments costs one look at the events (and one at what they carry, where
that is asked for), and a person without events is there to be found by absence. Only the set of persons
differs between the three uses.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from rapport.core.queries import workspace
from rapport.segments.language import tree
from rapport.segments.language.compilation import NOBODY, Compilation, Look
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import Segment

# For queries of many definitions. Comparing all conditions with each other, for what follows from two of them, finds
# nothing in what clauses compile into, and took half of the time that it takes to plan fifty segments.
SETTINGS = (
    "SETTINGS max_ast_elements = 1000000, max_expanded_ast_elements = 2000000, optimize_and_compare_chain = 0"
)
# The columns with what events carry, as they stand in an aggregate; all values are bound.
_CARRIED = re.compile(r"\b(properties|context)\.")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A SELECT of `person_id` (survivors only) and its bound parameters."""

    sql: str
    parameters: dict[str, Any]
    # Persons laid beside the query, for `core.id_batch.confirm` once it is answered.
    id_batches: Mapping[int, int] = field(default_factory=dict)

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
    if problems := tree.missing(definition):
        raise InvalidDefinition(problems)
    to = compilation(now=now, zone=zone, keys=tree.references(definition))
    holds = tree.compile_clause(definition, to)
    sql = f"SELECT person_id FROM ({person_rows(to, person_ids)}) WHERE {holds}"
    return Compiled(sql, to.parameters, to.id_batches())


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
    answered = f"SELECT person_id, {', '.join(answers)} FROM ({person_rows(to, person_ids)})"
    columns = ", ".join(f"f{i}" for i in range(len(answers)))
    sql = (
        f"SELECT person_id, arrayFilter((i, x) -> x, range({len(answers)}), [{columns}]) AS fits FROM ({answered}) "
        f"WHERE notEmpty(fits) {SETTINGS}"
    )
    return Compiled(sql, to.parameters, to.id_batches())


def compilation(
    *,
    now: dt.datetime,
    keys: set[str],
    zone: ZoneInfo | None = None,
    members: Mapping[str, list[uuid.UUID]] | None = None,
) -> Compilation:
    """An empty query that knows the segments with these keys."""
    segment_ids = dict(Segment.objects.filter(key__in=keys).values_list("key", "id")) if keys else {}
    return Compilation(now, zone or ZoneInfo(workspace().time_zone), segment_ids=segment_ids, members=members)


def person_rows(to: Compilation, person_ids: Sequence[uuid.UUID] | None) -> str:
    """One row per person: the columns and aggregates that the compiled clauses asked for."""
    columns = "".join(f", {expression} AS {alias}" for expression, alias in to.columns.items())
    among = "" if person_ids is None else f" AND person_id IN ({to.id_list(person_ids)})"
    people = f"SELECT person_id{columns} FROM people FINAL WHERE deleted = 0{among}"
    # `join_use_nulls` must not be on: a person without events then has zeroes and NULLs, as clauses expect.
    joined = "".join(
        f" LEFT JOIN ({_figures(to, look, person_ids)}) AS f{n} USING person_id"
        for n, look in enumerate(_looks(to))
    )
    return f"SELECT * FROM ({people}) AS p{joined}" if joined else people


@dataclass(slots=True)
class _Pass:
    """One reading of the events: what it looks at, and the aggregates that it gives."""

    look: Look
    aggregates: list[tuple[str, str]]


def _looks(to: Compilation) -> list[_Pass]:
    """The passes over the events. What events carry is read apart, so that no more of it is read than is asked for."""
    passes: dict[bool, _Pass] = {}
    for key in to.aggregates:
        look, carried = to.look_of(key[0]), _CARRIED.search(key[0]) is not None
        reading = passes.setdefault(carried, _Pass(look, []))
        reading.look |= look
        reading.aggregates.append(key)
    if len(passes) == 2 and passes[True].look.covers(passes[False].look):
        return [_Pass(passes[True].look, passes[False].aggregates + passes[True].aggregates)]
    return list(passes.values())


def _figures(to: Compilation, look: _Pass, person_ids: Sequence[uuid.UUID] | None) -> str:
    """Aggregates per surviving person. Merged persons' events are joined in after they are aggregated."""
    aliases = [(first, second, to.aggregates[first, second]) for first, second in look.aggregates]
    inner = ", ".join(f"{first} AS {alias}" for first, _, alias in aliases)
    outer = ", ".join(f"{second}(e.{alias}) AS {alias}" for _, second, alias in aliases)
    conditions = [f"event IN ({', '.join(to.bind(name, 'String') for name in sorted(look.look.events))})"]
    if look.look.since is not None:
        conditions.append(f"at >= {to.moment(look.look.since)}")
    overrides = "SELECT person_id, survivor_id FROM person_override FINAL"
    if person_ids is not None:
        ids = to.id_list(person_ids)
        overrides += f" WHERE survivor_id IN ({ids})"
        conditions.insert(0, f"person_id IN ({ids} UNION ALL SELECT person_id FROM ({overrides}))")
    # All of it decides before anything else is read, so that what events carry is read of these rows only.
    per_id = f"SELECT person_id, {inner} FROM events PREWHERE {' AND '.join(conditions)} GROUP BY person_id"
    survivor = f"if(o.survivor_id = {NOBODY}, e.person_id, o.survivor_id)"
    return (
        f"SELECT {survivor} AS person_id, {outer} FROM ({per_id}) AS e "
        f"LEFT JOIN ({overrides}) AS o ON o.person_id = e.person_id GROUP BY 1"
    )
