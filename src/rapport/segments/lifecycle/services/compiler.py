"""The one compiler of stages: preview, looking at everybody and live upkeep differ only in whom they ask about."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence

from rapport.people.services import changes
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.language import tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.models import Segment, Stage
from rapport.segments.queries.segments import known_members
from rapport.segments.services import compiler
from rapport.segments.services.compiler import Compiled


def compile_stage(stages: Sequence[Stage], to: Compilation) -> str:
    """The key of the first stage whose rule holds, as JSON text; "" without stages."""
    branches = "".join(
        f"{tree.compile_clause(stage.rule, to)}, {to.bind(json.dumps(stage.key), 'String')}, "
        for stage in stages
    )
    return f"multiIf({branches}'')" if branches else "''"


def compile_moves(
    stages: Sequence[Stage],
    *,
    now: dt.datetime,
    person_ids: Sequence[uuid.UUID] | None = None,
    everybody: bool = False,
) -> Compiled:
    """`person_id`, `fresh`, `held`: the persons who do not stand where they should, with both stages' JSON texts.

    With `everybody`, those who do as well.
    """
    keys = {key for stage in stages for key in tree.references(stage.rule)}
    members = None
    if person_ids is not None and keys:
        looked_at = list(Segment.objects.filter(key__in=keys).values_list("pk", flat=True))
        members = known_members(looked_at, person_ids)
    to = compiler.compilation(now=now, keys=keys, members=members)
    fresh = compile_stage(stages, to)
    stored = to.column(f"ifNull(toJSONString(traits.{STAGE_TRAIT}), '')", changes.trait(STAGE_TRAIT))
    rows = compiler.person_rows(to, person_ids)
    statement = f"SELECT person_id, {fresh} AS fresh, {stored} AS held FROM ({rows})"
    statement += "" if everybody else " WHERE fresh != held"
    return Compiled(statement, to.parameters, to.id_batches())


def compile_counts(stages: Sequence[Stage], *, now: dt.datetime) -> Compiled:
    """`stage`, `number`: how many would stand where by these rules. For a preview; nothing is stored."""
    to = compiler.compilation(now=now, keys={key for stage in stages for key in tree.references(stage.rule)})
    fresh = compile_stage(stages, to)
    rows = compiler.person_rows(to, None)
    statement = f"SELECT JSONExtractString({fresh}) AS stage, count() AS number FROM ({rows}) GROUP BY stage"
    return Compiled(statement, to.parameters, to.id_batches())
