"""Whole computation of a trait: one query finds the persons whose stored value is not what it should be.

They are kept in a table and marked as changed in blocks, the next when the one before has been dealt with, so that
live evaluation stays the only writer of values and what arrives meanwhile is not held up.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from rapport.core import clickhouse
from rapport.core.jobs import Later, RunningJob
from rapport.people.models import ChangeSet
from rapport.people.services import changes
from rapport.segments.models import StaleValue
from rapport.segments.models.computation import Backfill
from rapport.segments.services import computation
from rapport.segments.services.compiler import Compiled

BLOCK = 5_000
MIN_PAUSE, MAX_PAUSE = dt.timedelta(seconds=30), dt.timedelta(hours=1)
POLL = dt.timedelta(seconds=0.5)


def run(
    rows: QuerySet[Any],
    row: Backfill,
    job: RunningJob,
    *,
    trait: str,
    find: Callable[[dt.datetime], Compiled],
) -> None:
    """The job: finds whose value of `trait` differs (`find` compiles to a query of `person_id`), and hands them on."""
    now = job.clock.now()
    if row.started_at is None:
        _find(rows, row, find(now), now)
        job.step(done=0, total=StaleValue.objects.filter(owner=row.pk).count())
    if _hand_on(rows, row.pk, trait, job):
        raise Later(POLL)


def pause(row: Backfill, now: dt.datetime) -> dt.datetime:
    """When to compute again, so that the query takes a twentieth of the time at most."""
    return now + min(max(MIN_PAUSE, dt.timedelta(milliseconds=row.took_ms) * 20), MAX_PAUSE)


@transaction.atomic
def _find(rows: QuerySet[Any], row: Backfill, compiled: Compiled, now: dt.datetime) -> None:
    """A definition that changed meanwhile is looked at again."""
    began = time.monotonic()
    StaleValue.objects.filter(owner=row.pk).delete()
    total = _stage(row, compiled)
    took = int((time.monotonic() - began) * 1000)
    rows.filter(pk=row.pk, version=row.version, requested_at=row.requested_at).update(
        started_at=now, problem="", total=total, took_ms=took, last_change_set=0
    )


def _stage(row: Backfill, compiled: Compiled) -> int:
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
def _hand_on(rows: QuerySet[Any], pk: uuid.UUID, trait: str, job: RunningJob) -> bool:
    """Marks the next persons as changed, unless those before are still being dealt with; False when all are done."""
    row = rows.select_for_update(no_key=True).filter(pk=pk).first()
    if row is None:
        return False
    if row.started_at is None or ChangeSet.objects.filter(pk__lte=row.last_change_set).exists():
        return True
    if persons := _next(row):
        changes.mark_changed(persons, changes.value(trait))
        newest = ChangeSet.objects.aggregate(newest=Max("pk"))["newest"]
        rows.filter(pk=pk).update(last_change_set=newest)
        job.step(done=job.row.done + len(persons))
        return True
    computation.finish(rows, row, at=row.started_at, took=dt.timedelta(milliseconds=row.took_ms))
    return False


def _next(row: Backfill) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM segments_stalevalue WHERE id IN (SELECT id FROM segments_stalevalue"
            " WHERE owner = %s ORDER BY id LIMIT %s) RETURNING person_id",
            [row.pk, BLOCK],
        )
        return [person for (person,) in cursor.fetchall()]
