"""Live membership: after something of some persons changed, the segments that depend on it are asked about them."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence

from rapport.core import clickhouse, id_batch
from rapport.people.registry import Changes
from rapport.people.services.changes import TIME
from rapport.people.services.changes import segment as membership_of
from rapport.segments.language import tree
from rapport.segments.models import Segment
from rapport.segments.queries import segments as queries
from rapport.segments.services import changes, compiler, dependencies, store, upkeep

log = logging.getLogger(__name__)

Fits = dict[uuid.UUID, list[int]]


def evaluate(changed: Changes, now: dt.datetime) -> None:
    """Brings the segments that depend on what changed up to date; to be called when ClickHouse knows of it.

    A few queries per level of segments that look at segments. Repeatable. Persons who were merged away or erased
    leave everything.
    """
    needs = {
        segment: dependencies.of_definition(segment.definition) for segment in queries.ruled().order_by("key")
    }
    moved: list[store.Change] = []
    for level in queries.in_levels([segment for segment, depends in needs.items() if depends is not None]):
        keys = {segment.pk: segment.key for segment in level}
        for positions, persons in upkeep.affected(
            changed, [needs[segment] or frozenset() for segment in level]
        ):
            for chunk in upkeep.chunks(persons):
                moved += _evaluate([level[place] for place in positions], chunk, changed, now)
        for change in moved:
            if change.segment_id in keys:
                changed[change.person_id].add(membership_of(keys[change.segment_id]))
    # Last, because it locks segments: two projectors that locked some each, and then others, would never end.
    changes.settle(moved)


def _evaluate(
    segments: Sequence[Segment], person_ids: Sequence[uuid.UUID], changed: Changes, now: dt.datetime
) -> list[store.Change]:
    moved: list[store.Change] = []
    answers = upkeep.ask_apart(
        segments, lambda asked_together: _fits(asked_together, person_ids, now), _refused
    )
    for answered, fits in answers:
        moved += changes.write_difference(
            segments=answered, person_ids=person_ids, fits=fits, now=now, live=True,
            reason=lambda person: "time" if changed[person] == {TIME} else "event",
        )  # fmt: skip
    return moved


def _refused(segment: Segment, error: Exception) -> None:
    log.warning("Segment %s cannot be kept up: %s", segment.key, error)
    Segment.objects.filter(pk=segment.pk).update(problem=clickhouse.explained(error)[:500])


def _fits(segments: Sequence[Segment], person_ids: Sequence[uuid.UUID], now: dt.datetime) -> Fits:
    keys = {key for segment in segments for key in tree.references(segment.definition)}
    looked_at = list(Segment.objects.filter(key__in=keys).values_list("pk", flat=True)) if keys else []
    compiled = compiler.compile_many(
        [segment.definition for segment in segments],
        now=now,
        person_ids=person_ids,
        members=queries.known_members(looked_at, person_ids) if looked_at else {},
    )
    answer = clickhouse.client().query(compiled.sql, parameters=compiled.parameters)
    id_batch.confirm(compiled.id_batches)
    return dict(answer.result_rows)
