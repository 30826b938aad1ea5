"""History of stages when two persons become one, and when they are parted again.

The trait itself moves with the traits. Where it is no longer what the history ends with, a line is added, silently:
nobody has moved. What the rules say of the joined person, live upkeep finds out right after.
"""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.people.registry import Pair
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.lifecycle import queries

_ALIGN = """
    INSERT INTO segments_stagechange (person_id, stage, previous, since, reason, version)
    SELECT p.id, p.traits->>%b, coalesce(c.stage, ''), %b::timestamptz, 'merge', %b::int
    FROM people_person p LEFT JOIN LATERAL (
        SELECT stage FROM segments_stagechange WHERE person_id = p.id ORDER BY since DESC, id DESC LIMIT 1
    ) c ON TRUE
    WHERE p.id = ANY(%b::uuid[]) AND p.traits->>%b IS NOT NULL AND p.traits->>%b IS DISTINCT FROM c.stage
"""


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """Nothing is needed to undo: each keeps the lines of their own."""
    _align([survivor for survivor, _ in pairs])
    return {}


def unmerge(pair: Pair, snapshot: Any) -> None:
    _align(list(pair))


def _align(person_ids: list[uuid.UUID], clock: Clock = SYSTEM) -> None:
    lifecycle = queries.in_use()
    if lifecycle is not None and person_ids:
        trait = STAGE_TRAIT
        sql.run(_ALIGN, [trait, clock.now(), lifecycle.version, person_ids, trait, trait])
