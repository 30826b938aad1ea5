"""Live membership: after something happened to some persons, all segments are asked about them at once."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence

from clickhouse_connect.driver.exceptions import ClickHouseError

from rapport.core import clickhouse, id_batch
from rapport.segments.language import tree
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import Segment
from rapport.segments.queries import segments as queries
from rapport.segments.services import changes, compiler

log = logging.getLogger(__name__)
# Most of a query's cost with many segments is planning it, so few large ones beat many small ones.
CHUNK = 20_000

Fits = dict[uuid.UUID, list[int]]


def evaluate_people(person_ids: list[uuid.UUID], now: dt.datetime, *, reason: str = "event") -> None:
    """Brings every live segment up to date for these persons; to be called when ClickHouse knows them.

    One query per 20,000 persons and level of segments that look at segments. Repeatable. Persons who were
    merged away or erased leave everything.
    """
    live = [s for s in queries.ruled().order_by("key") if not tree.check(s.definition)]
    unique = list(dict.fromkeys(person_ids))
    if not live:
        return
    for start in range(0, len(unique), CHUNK):
        for level in queries.in_levels(live):
            _evaluate(level, unique[start : start + CHUNK], now, reason)


def _evaluate(
    segments: Sequence[Segment], person_ids: Sequence[uuid.UUID], now: dt.datetime, reason: str
) -> None:
    answered, fits = _ask(segments, person_ids, now)
    if answered:
        changes.apply_difference(
            segments=answered, person_ids=person_ids, fits=fits, now=now, reason=reason, live=True
        )


def _ask(
    segments: Sequence[Segment], person_ids: Sequence[uuid.UUID], now: dt.datetime
) -> tuple[list[Segment], Fits]:
    """(segments that could be asked, who fits which). One segment that fails does not hold up the others."""
    try:
        return list(segments), _fits(segments, person_ids, now)
    except (ClickHouseError, InvalidDefinition) as error:
        if not _engine_answers():
            raise
        if len(segments) == 1:
            log.warning("Segment %s cannot be kept up: %s", segments[0].key, error)
            Segment.objects.filter(pk=segments[0].pk).update(problem=clickhouse.explained(error)[:500])
            return [], {}
    middle = len(segments) // 2
    left, left_fits = _ask(segments[:middle], person_ids, now)
    right, right_fits = _ask(segments[middle:], person_ids, now)
    for person, positions in right_fits.items():
        left_fits.setdefault(person, []).extend(position + len(left) for position in positions)
    return left + right, left_fits


def _engine_answers() -> bool:
    try:
        return bool(clickhouse.scalar("SELECT 1") == 1)
    except (ClickHouseError, OSError):
        return False


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
