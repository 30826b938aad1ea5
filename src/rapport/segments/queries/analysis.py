"""Reads about segments as sets: how they overlap, what their members are like, who goes from one to another."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rapport.core import clickhouse
from rapport.core.clock import SYSTEM, Clock
from rapport.core.process_cache import kept_by_cost
from rapport.segments.language.compilation import NOBODY
from rapport.segments.models import Segment

# A comparison looks at about this many persons at most; shares of so many are exact to two thirds of a per cent.
SAMPLED = 20_000
LEAST = 5
SURE = 2.58  # two-sided 99 %
_MEMBERS = "SELECT person_id FROM segment_members FINAL WHERE segment_id = {segment:UUID} AND member = 1"


@dataclass(frozen=True, slots=True)
class Part:
    """How many persons are in exactly these segments (positions, from 0) and in none of the others."""

    inside: tuple[int, ...]
    count: int


def overlap(segments: Sequence[Segment]) -> list[Part]:
    """Every combination of two to four segments that somebody is in, the largest first. By stored membership."""
    sql = """
        SELECT mask, count() AS persons FROM (
            SELECT person_id, groupBitOr(toUInt8(bitShiftLeft(1, indexOf({ids:Array(UUID)}, segment_id) - 1))) AS mask
            FROM segment_members FINAL WHERE segment_id IN {ids:Array(UUID)} AND member = 1 GROUP BY person_id
        ) GROUP BY mask ORDER BY persons DESC, mask
    """
    rows = clickhouse.rows(sql, {"ids": [str(segment.pk) for segment in segments]})
    positions = range(len(segments))
    return [Part(tuple(n for n in positions if row["mask"] >> n & 1), row["persons"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Trait:
    """Something members have more or less often than everybody. Shares are of one; `lift` is their ratio."""

    name: str
    value: str
    inside: int
    everybody: int
    share: float
    share_of_all: float
    lift: float


@kept_by_cost
def recent_comparison(segment_id: uuid.UUID, _version: int, clock: Clock = SYSTEM) -> dict[str, Any]:
    """`comparison` to this moment, or one that was made within the last minutes of the same version."""
    return comparison(Segment.objects.get(pk=segment_id), now=clock.now())


def comparison(segment: Segment, *, now: dt.datetime, days: int = 90, limit: int = 15) -> dict[str, Any]:
    """{members, everybody, traits, events}: what is surely different (99 %) about members, most telling first.

    Looks at a sample of at most `SAMPLED` persons. Values that fewer than five members or persons have are left out.
    """
    total = clickhouse.scalar("SELECT count() FROM people WHERE deleted = 0") or 0
    step = max(1, math.ceil(total / SAMPLED))
    parameters = {"segment": str(segment.pk), "step": step}
    sizes = clickhouse.rows(
        f"SELECT countIf(person_id IN ({_MEMBERS})) AS inside, count() AS everybody "
        "FROM people FINAL WHERE deleted = 0 AND cityHash64(person_id) % {step:UInt32} = 0",
        parameters,
    )[0]
    inside, everybody = sizes["inside"], sizes["everybody"]
    since = (now - dt.timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "members": inside,
        "everybody": everybody,
        "sampled": step > 1,
        "traits": _telling(clickhouse.rows(_TRAITS, parameters), inside, everybody)[:limit],
        "events": _telling(clickhouse.rows(_EVENTS, parameters | {"since": since}), inside, everybody)[
            :limit
        ],
    }


_TRAITS = f"""
    SELECT pair.1 AS name, trim(BOTH '"' FROM pair.2) AS value, countIf(member) AS inside, count() AS everybody
    FROM (
        SELECT person_id IN ({_MEMBERS}) AS member,
            arrayJoin(JSONExtractKeysAndValuesRaw(toJSONString(traits))) AS pair
        FROM people FINAL WHERE deleted = 0 AND cityHash64(person_id) % {{step:UInt32}} = 0
    )
    WHERE length(pair.2) BETWEEN 1 AND 60 AND substring(pair.2, 1, 1) NOT IN ('{{', '[') AND pair.2 != 'null'
    GROUP BY name, value HAVING everybody >= {LEAST} ORDER BY everybody DESC LIMIT 2000
"""
_EVENTS = f"""
    SELECT event AS name, '' AS value, uniqExactIf(who, who IN ({_MEMBERS})) AS inside, uniqExact(who) AS everybody
    FROM (
        SELECT event, if(o.survivor_id = {NOBODY}, e.person_id, o.survivor_id) AS who
        FROM (
            SELECT DISTINCT event, person_id FROM events
            WHERE at >= {{since:DateTime64(3, 'UTC')}} AND event NOT IN ('Segment Entered', 'Segment Left')
                AND (cityHash64(person_id) % {{step:UInt32}} = 0
                    OR person_id IN (SELECT person_id FROM person_override))
        ) AS e LEFT JOIN (SELECT person_id, survivor_id FROM person_override FINAL) AS o ON o.person_id = e.person_id
        WHERE cityHash64(who) % {{step:UInt32}} = 0
    ) GROUP BY name HAVING everybody >= {LEAST} ORDER BY everybody DESC LIMIT 500
"""


def _telling(rows: list[dict[str, Any]], inside: int, everybody: int) -> list[Trait]:
    """Those that a two-proportion z-test of members against all others tells apart, by size of the difference."""
    others = everybody - inside
    traits = []
    for row in rows:
        ours, theirs = row["inside"], row["everybody"] - row["inside"]
        if not inside or not others or max(ours, row["everybody"] * inside / everybody) < LEAST:
            continue
        pooled = row["everybody"] / everybody
        spread = math.sqrt(max(pooled * (1 - pooled), 0) * (1 / inside + 1 / others))
        if not spread or abs(ours / inside - theirs / others) / spread < SURE:
            continue
        share, share_of_all = ours / inside, row["everybody"] / everybody
        traits.append(
            Trait(
                row["name"], row["value"], ours, row["everybody"], share, share_of_all, share / share_of_all
            )
        )
    return sorted(traits, key=lambda trait: (-abs(trait.share - trait.share_of_all), trait.name, trait.value))


@dataclass(frozen=True, slots=True)
class Conversion:
    """Of `started` persons who entered the first segment, `reached` entered the second in time; `curve[n]` by day n."""

    started: int
    reached: int
    median: dt.timedelta | None
    curve: list[int]

    @property
    def share(self) -> float | None:
        return self.reached / self.started if self.started else None


def conversion(
    first: Segment, second: Segment, *, since: dt.datetime, until: dt.datetime, days: int
) -> Conversion:
    """How many who entered `first` in a period entered `second` within so many days after, and how soon."""
    sql = """
        SELECT dateDiff('second', started, arrayMin(inside)) AS took, notEmpty(inside) AS did,
            arrayFilter(t -> t >= started AND t <= started + toIntervalDay({days:UInt32}), reached) AS inside
        FROM (
            SELECT person_id, min(at) AS started FROM segment_moves
            WHERE segment_id = {first:UUID} AND entered = 1
                AND at >= {since:DateTime64(3, 'UTC')} AND at < {until:DateTime64(3, 'UTC')}
            GROUP BY person_id
        ) AS a LEFT JOIN (
            SELECT person_id, groupArray(at) AS reached FROM segment_moves
            WHERE segment_id = {second:UUID} AND entered = 1 GROUP BY person_id
        ) AS b USING person_id
    """
    stamp = "%Y-%m-%d %H:%M:%S"
    parameters = {"first": str(first.pk), "second": str(second.pk), "days": days}
    rows = clickhouse.rows(sql, parameters | {"since": since.strftime(stamp), "until": until.strftime(stamp)})
    took = sorted(row["took"] for row in rows if row["did"])
    middle = dt.timedelta(seconds=took[(len(took) - 1) // 2]) if took else None
    curve = [sum(seconds < (day + 1) * 86_400 for seconds in took) for day in range(days)]
    return Conversion(len(rows), len(took), middle, curve)


@dataclass(frozen=True, slots=True)
class Move:
    """A person who entered or left, and when."""

    person_id: uuid.UUID
    entered: bool
    at: dt.datetime


def moves(
    segment: Segment,
    *,
    before: dt.datetime | None = None,
    person_id: uuid.UUID | None = None,
    limit: int = 100,
) -> list[Move]:
    """Who entered and left, newest first; of one person if asked."""
    sql = "SELECT person_id, entered, at FROM segment_moves WHERE segment_id = {segment:UUID}"
    parameters: dict[str, Any] = {"segment": str(segment.pk), "limit": limit}
    if before is not None:
        sql += " AND at < {before:DateTime64(3, 'UTC')}"
        parameters["before"] = before.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:23]
    if person_id is not None:
        sql += " AND person_id = {person:UUID}"
        parameters["person"] = str(person_id)
    rows = clickhouse.rows(sql + " ORDER BY at DESC, person_id, entered LIMIT {limit:UInt32}", parameters)
    return [Move(row["person_id"], bool(row["entered"]), row["at"].replace(tzinfo=dt.UTC)) for row in rows]
