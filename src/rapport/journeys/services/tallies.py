"""Counting what happens at steps: rows that are only added, in the transaction of the move, and summed up each minute.

Nobody waits for anybody: two workers that move people of one journey add rows of their own.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from rapport.core import sql
from rapport.journeys.models import Journey, JourneyVersion, StepStanding

ENTERED, REACHED = "entered", "reached"
_ADD = """
    WITH standing AS (
        INSERT INTO journeys_stepstanding (journey_id, version_id, step, change)
        SELECT %b, %b, t.step, t.change FROM unnest(%b::text[], %b::int[]) AS t (step, change)
    )
    INSERT INTO journeys_steptally (journey_id, day, outcome, step, branch, bucket, count, seconds)
    SELECT %b, %b, t.outcome, t.step, t.branch, t.bucket, t.count, t.seconds
    FROM unnest(%b::text[], %b::text[], %b::text[], %b::int[], %b::int[], %b::bigint[])
        AS t (outcome, step, branch, bucket, count, seconds)
"""
_REACHED = """
    INSERT INTO journeys_steptally (journey_id, day, outcome, step, branch, bucket, count, seconds)
    SELECT %b, %b, 'reached', t.step, '', 0, count(*), 0
    FROM (SELECT DISTINCT enrolment_id, step FROM journeys_passage WHERE enrolment_id = ANY(%b)) t GROUP BY t.step
"""
_FOLD_STANDING = """
    WITH gone AS (
        DELETE FROM journeys_stepstanding s USING (
            SELECT journey_id, version_id, step FROM journeys_stepstanding GROUP BY 1, 2, 3 HAVING count(*) > 1
        ) t WHERE s.journey_id = t.journey_id AND s.version_id = t.version_id AND s.step = t.step
        RETURNING s.journey_id, s.version_id, s.step, s.change
    ), summed AS (
        INSERT INTO journeys_stepstanding (journey_id, version_id, step, change)
        SELECT journey_id, version_id, step, sum(change) FROM gone GROUP BY 1, 2, 3 HAVING sum(change) <> 0
    )
    SELECT count(*) FROM gone
"""
_FOLD = """
    WITH twice AS (
        SELECT t.* FROM journeys_journey j, LATERAL (
            SELECT journey_id, day, outcome, step, branch, bucket FROM journeys_steptally
            WHERE journey_id = j.id AND day >= %b GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(*) > 1
        ) t
    ), gone AS (
        DELETE FROM journeys_steptally s USING twice t
        WHERE s.journey_id = t.journey_id AND s.day = t.day AND s.outcome = t.outcome
            AND s.step = t.step AND s.branch = t.branch AND s.bucket = t.bucket
        RETURNING s.journey_id, s.day, s.outcome, s.step, s.branch, s.bucket, s.count, s.seconds
    ), summed AS (
        INSERT INTO journeys_steptally (journey_id, day, outcome, step, branch, bucket, count, seconds)
        SELECT journey_id, day, outcome, step, branch, bucket, sum(count), sum(seconds)
        FROM gone GROUP BY 1, 2, 3, 4, 5, 6
    )
    SELECT count(*) FROM gone
"""
_SETTLE = """
    INSERT INTO journeys_stepstanding (journey_id, version_id, step, change)
    SELECT journey_id, version_id, step, sum(n) FROM (
        SELECT journey_id, version_id, step, count(*) AS n FROM journeys_enrolment
        WHERE ended_at IS NULL AND journey_id = ANY(%b) GROUP BY 1, 2, 3
        UNION ALL
        SELECT journey_id, version_id, step, -sum(change) FROM journeys_stepstanding
        WHERE journey_id = ANY(%b) GROUP BY 1, 2, 3
    ) t GROUP BY 1, 2, 3 HAVING sum(n) <> 0
"""


def bucket(seconds: float) -> int:
    """Groups times by their magnitude, four to each doubling; 0 of less than a second."""
    return 0 if seconds < 1 else 1 + int(4 * math.log2(seconds))


class Tally:
    """What a batch of one version did."""

    def __init__(self) -> None:
        self._standing: Counter[str] = Counter()
        self._rows: dict[tuple[str, str, str, int], list[float]] = defaultdict(lambda: [0, 0.0])

    def entered(self, step: str, count: int) -> None:
        self._standing[step] += count
        self._add(ENTERED, "", "", 0, count)

    def moved(self, before: str, after: str) -> None:
        """Somebody stands elsewhere now; "" is nowhere."""
        if before != after:
            self._standing[before] -= bool(before)
            self._standing[after] += bool(after)

    def passed(self, step: str, branch: str, seconds: float) -> None:
        self._add("", step, branch, bucket(seconds), 1, seconds)

    def ended(self, step: str, outcome: str) -> None:
        self._add(outcome, step, "", 0, 1)

    def _add(self, outcome: str, step: str, branch: str, group: int, count: int, seconds: float = 0) -> None:
        row = self._rows[(outcome, step, branch, group)]
        row[0] += count
        row[1] += seconds

    def write(self, journey_id: Any, version_id: int, now: dt.datetime) -> None:
        standing = {step: change for step, change in self._standing.items() if change and step}
        if not standing and not self._rows:
            return
        keys = list(self._rows)
        columns: list[Any] = [[key[at] for key in keys] for at in range(4)]
        counts = [[row[0] for row in self._rows.values()], [int(row[1]) for row in self._rows.values()]]
        changes = [list(standing), list(standing.values())]
        sql.run(_ADD, [journey_id, version_id, *changes, journey_id, now.date(), *columns, *counts])


def reached(journey_id: Any, enrolments: Sequence[int], now: dt.datetime) -> None:
    """These have got to the goal: so much for each step that they passed."""
    if enrolments:
        sql.run(_REACHED, [journey_id, now.date(), list(enrolments)])


def moved(
    journey: Journey, old: JourneyVersion, new: JourneyVersion, step: str, there: str, people: int
) -> None:
    """So many stand at a step of another version now."""
    gone(journey.pk, [(old.pk, step, people)])
    gone(journey.pk, [(new.pk, there, -people)])


def gone(journey_id: Any, standing: Iterable[tuple[int, str, int]]) -> None:
    """(version, step, how many) stand there no more."""
    StepStanding.objects.bulk_create(
        [
            StepStanding(journey_id=journey_id, version_id=version, step=step, change=-count)
            for version, step, count in standing
        ]
    )


@transaction.atomic
def fold(now: dt.datetime) -> int:
    """Sums up what was added; whoever reads meanwhile sees the same figures before and after."""
    rows = sql.run(_FOLD_STANDING)[0][0]
    return int(rows + sql.run(_FOLD, [now.date() - dt.timedelta(days=1)])[0][0])


def settle(journey_ids: Sequence[Any]) -> None:
    """Counts the runs themselves once, and adds what the sums lack."""
    sql.run(_SETTLE, [list(journey_ids), list(journey_ids)])


def quantile(groups: Mapping[int, tuple[int, int]], share: float) -> float | None:
    """The time that a share of them stayed below: the mean of the group in which it lies. {bucket: (count, seconds)}"""
    total = sum(count for count, _seconds in groups.values())
    if not total:
        return None
    place = share * total
    for number in sorted(groups):
        count, seconds = groups[number]
        place -= count
        if place <= 0:
            return seconds / count
    return None
