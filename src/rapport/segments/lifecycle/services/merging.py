"""History of stages when two persons become one, and when they are parted again.

The trait itself moves with the traits. Where it is no longer what the history ends with, a line is added, silently:
nobody has moved. What the rules say of the joined person, live upkeep finds out right after.
"""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core.clock import SYSTEM, Clock
from rapport.people.models import Person
from rapport.people.registry import Mergeable, Pair
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.lifecycle import queries
from rapport.segments.models import StageChange


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """Nothing is needed to undo: each keeps the lines of their own."""
    _align([survivor for survivor, _ in pairs])
    return {}


def unmerge(pair: Pair, snapshot: Any) -> None:
    _align(list(pair))


def _align(person_ids: list[uuid.UUID], clock: Clock = SYSTEM) -> None:
    lifecycle = queries.in_use()
    if lifecycle is None or not person_ids:
        return
    latest = {person: stage for person, (stage, _since) in queries.latest(person_ids).items()}
    stages = Person.objects.filter(pk__in=person_ids).values_list("pk", f"traits__{STAGE_TRAIT}")
    StageChange.objects.bulk_create(
        StageChange(
            person_id=person, stage=stage, previous=latest.get(person, ""), since=clock.now(), reason="merge",
            version=lifecycle.version,
        )
        for person, stage in stages
        if stage and stage != latest.get(person, "")
    )  # fmt: skip


MERGEABLE = Mergeable("lifecycle", (), merge, unmerge)
