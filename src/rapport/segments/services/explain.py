"""Why is somebody in a segment, or not: every clause answered for one person, with what it saw."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from rapport.core import clickhouse
from rapport.events.queries import masking
from rapport.segments.language import registry, tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.models import Segment
from rapport.segments.queries import segments as queries
from rapport.segments.services import compiler


@dataclass(slots=True)
class Reason:
    """One clause: in words, whether it holds for the person, and the evidence in words."""

    pointer: str
    kind: str
    words: str
    holds: bool
    evidence: str
    members: list[Reason] = field(default_factory=list)


def explain(
    definition: dict[str, Any], *, person_id: uuid.UUID, now: dt.datetime, hidden: masking.Flags | None = None
) -> Reason:
    """The answer of each clause of a definition for one person, as the compiler gives it, in one query.

    What a clause saw of a property in `hidden` stays untold.

    Raises InvalidDefinition. A person ClickHouse does not know fits nothing.
    """
    tree.validate(definition)
    clauses = list(tree.walk(definition))
    keys = tree.references(definition)
    ids = list(Segment.objects.filter(key__in=keys).values_list("pk", flat=True)) if keys else []
    to = compiler.compilation(now=now, keys=keys, members=queries.known_members(ids, [person_id]))
    columns = [f"{tree.compile_clause(clause, to)} AS holds{n}" for n, (_, clause) in enumerate(clauses)]
    wanted = [(n, name, sql) for n, (_, clause) in enumerate(clauses) for name, sql in _evidence(clause, to)]
    columns += [f"{sql} AS {name}{n}" for n, name, sql in wanted]
    sql = f"SELECT {', '.join(columns)} FROM ({compiler.person_rows(to, [person_id])})"
    row = next(iter(clickhouse.rows(sql, to.parameters)), {})
    reasons = {
        pointer: _reason(pointer, clause, row, n, [name for m, name, _ in wanted if m == n])
        for n, (pointer, clause) in enumerate(clauses)
    }
    for pointer, clause in clauses:
        if masking.named_in(clause, hidden or {}):
            reasons[pointer].evidence = masking.MASK
        reasons[pointer].members = [reasons[pointer + below] for below, _ in tree.members(clause)]
    return reasons[""]


def _evidence(clause: dict[str, Any], to: Compilation) -> list[tuple[str, str]]:
    kind = registry.kind_of(clause)
    return list(kind.evidence(clause, to).items()) if kind else []


def _reason(pointer: str, clause: dict[str, Any], row: dict[str, Any], n: int, names: list[str]) -> Reason:
    kind = registry.kind_of(clause)
    values = {name: row.get(f"{name}{n}") for name in names}
    evidence = kind.evidence_text(clause, values) if kind and row else ""
    words = tree.describe_clause(clause)
    return Reason(pointer, kind.name if kind else "", words, bool(row.get(f"holds{n}")), evidence)
