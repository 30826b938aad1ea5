"""Looking at everybody: after a definition was made or changed, and when time alone may change values.

One query finds the persons whose stored value is not what it should be. They are kept in a table and handed to
live upkeep in blocks, the next when the one before has been dealt with: there is one writer of values, what
arrives meanwhile is not held up, and a worker that dies leaves a table another goes on with.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.db import connection, transaction
from django.db.models import F, Max, Q, QuerySet

from rapport.core import clickhouse
from rapport.core.clock import Clock
from rapport.people.models import ChangeSet
from rapport.people.services.changes import mark_changed
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import StaleValue, Upkeep
from rapport.segments.services.compiler import Compiled

log = logging.getLogger(__name__)
BLOCK = 5_000
LEASE = dt.timedelta(minutes=5)
MIN_PAUSE = dt.timedelta(seconds=30)
MAX_PAUSE = dt.timedelta(hours=1)
Row = TypeVar("Row", bound=Upkeep)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Row]):
    """What is looked at everybody for. `differing` compiles to a query whose column `person_id` names the stale."""

    rows: Callable[[], QuerySet[Row]]
    differing: Callable[[Row, dt.datetime], Compiled]
    next_at: Callable[[Row, dt.datetime, dt.timedelta], dt.datetime | None]
    finished: Callable[[Row, dt.datetime], None]


def run_once(kind: Kind[Row], clock: Clock) -> int:
    """One turn of the worker's loop: hands on a block, or looks at everybody for one that waits. 0: nothing to do."""
    now = clock.now()
    busy = kind.rows().exclude(started_at=None).values_list("pk", flat=True)
    handed = sum(_hand_on(kind, pk, now) for pk in busy)
    if handed:
        return handed
    row = _claim(kind, now)
    if row is None:
        return 0
    try:
        _look(kind, row, now)
    except (InvalidDefinition, ClickHouseError, OSError) as error:
        _fail(kind, row, error, now)
    return 1


def request(rows: QuerySet[Row], *, now: dt.datetime) -> None:
    """Asks for a look at everybody, in place of one that is under way."""
    rows.update(requested_at=now, started_at=None, lease_until=None, attempts=0, problem="")


def pause(now: dt.datetime, took: dt.timedelta) -> dt.datetime:
    """When to look again, so that looking takes a twentieth of the time at most."""
    return now + min(max(MIN_PAUSE, took * 20), MAX_PAUSE)


@transaction.atomic
def _claim(kind: Kind[Row], now: dt.datetime) -> Row | None:
    due = Q(requested_at__isnull=False) | Q(next_at__lte=now)
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    waiting = kind.rows().filter(due & free, started_at=None).order_by(F("requested_at").asc(nulls_last=True))
    row = waiting.select_for_update(skip_locked=True, no_key=True).first()
    if row is not None:
        kind.rows().filter(pk=row.pk).update(lease_until=now + LEASE)
    return row


def _look(kind: Kind[Row], row: Row, now: dt.datetime) -> None:
    """Finds whose value is not what it should be. A definition that changed meanwhile is looked at again."""
    began = time.monotonic()
    compiled = kind.differing(row, now)
    with transaction.atomic():
        StaleValue.objects.filter(owner=row.pk).delete()
        found = _stage(row, compiled)
        took = int((time.monotonic() - began) * 1000)
        current = kind.rows().filter(pk=row.pk, version=row.version, requested_at=row.requested_at)
        current.update(
            started_at=now, lease_until=None, attempts=0, problem="", total=found, took_ms=took, last_change_set=0
        )  # fmt: skip
        kind.rows().filter(pk=row.pk).update(lease_until=None)


def _stage(row: Upkeep, compiled: Compiled) -> int:
    """ClickHouse's text goes to PostgreSQL as it comes, in the order in which events lie beside one another."""
    sql = f"SELECT {{owner:String}} AS owner, person_id FROM ({compiled.sql}) ORDER BY person_id"
    parameters = {**compiled.parameters, "owner": str(row.pk)}
    stream = clickhouse.client().raw_stream(sql, parameters=parameters, fmt="TSV")
    with stream, connection.cursor() as cursor:
        with cursor.copy("COPY segments_stalevalue (owner, person_id) FROM STDIN") as copy:
            while chunk := stream.read(1 << 20):
                copy.write(chunk)
        return int(cursor.rowcount)


@transaction.atomic
def _hand_on(kind: Kind[Row], pk: uuid.UUID, now: dt.datetime) -> int:
    """The next persons to live upkeep, unless those before are still with it; how many, 1 for having finished."""
    row = kind.rows().select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
    if row is None or row.started_at is None:
        return 0
    if ChangeSet.objects.filter(pk__lte=row.last_change_set).exists():
        return 0
    StaleValue.objects.filter(owner=pk, handed=True).delete()
    persons = _next(row)
    if persons:
        mark_changed(persons, profile=False)
        newest = ChangeSet.objects.aggregate(newest=Max("pk"))["newest"]
        kind.rows().filter(pk=pk).update(last_change_set=newest)
        return len(persons)
    _finish(kind, row, now)
    return 1


def _next(row: Upkeep) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE segments_stalevalue SET handed = TRUE WHERE id IN (SELECT id FROM segments_stalevalue"
            " WHERE owner = %s AND NOT handed ORDER BY id LIMIT %s) RETURNING person_id",
            [row.pk, BLOCK],
        )
        return [person for (person,) in cursor.fetchall()]


def _finish(kind: Kind[Row], row: Row, now: dt.datetime) -> None:
    took = dt.timedelta(milliseconds=row.took_ms)
    kind.rows().filter(pk=row.pk).update(
        started_at=None,
        requested_at=None,
        computed_at=row.started_at,
        computed_version=row.version,
        next_at=kind.next_at(row, now, took),
    )
    kind.finished(row, now)


def _fail(kind: Kind[Row], row: Row, error: Exception, now: dt.datetime) -> None:
    """Says why, and tries again later and later, but for ever: nothing stays stuck."""
    log.warning("%s could not be computed: %s", row, error)
    wait = min(MIN_PAUSE * 2**row.attempts, MAX_PAUSE)
    kind.rows().filter(pk=row.pk).update(
        started_at=None, lease_until=now + wait, attempts=F("attempts") + 1, problem=str(error)[:500]
    )
