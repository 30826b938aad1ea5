"""Whole computations of segments, computed traits and the lifecycle: one job each, whose end enqueues the next.

A computation is requested when a definition was made or changed. When it ends, the next one is enqueued for when
time alone may have changed an answer, or for an hour later if it failed: nothing stays stuck.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.db.models import QuerySet
from django.utils.functional import Promise

from rapport.core import clickhouse, jobs
from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.core.jobs import JOB_KINDS, JobFailed, JobKind, RunningJob
from rapport.core.models import Job
from rapport.core.process_cache import kept_for
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models.computation import Computation

LEASE = dt.timedelta(minutes=5)
RETRY = dt.timedelta(hours=1)
Row = TypeVar("Row", bound=Computation)


@dataclass(frozen=True, slots=True)
class ComputationKind(Generic[Row]):
    """What is computed of everybody: `rows` in use, `run` for one of them, and when to do it again if nothing changes.

    `run(row, job)` goes on where an earlier try stopped, and ends with `finish`.
    """

    name: str
    label: str | Promise
    rows: Callable[[], QuerySet[Row]]
    run: Callable[[Row, RunningJob], None]
    next_at: Callable[[Row, dt.datetime], dt.datetime | None]
    queue: str = ""

    def register(self) -> None:
        kind = JobKind(
            self.name, self.label, self._run, lease=LEASE, ended=self._ended, repeats=True, queue=self.queue,
            idle_seconds=1.0, subject=lambda job: _names(self).get(job.payload["id"], ""),
        )  # fmt: skip
        JOB_KINDS.register(kind)

    def request(self, rows: Iterable[Row], *, clock: Clock) -> None:
        """Asks for a whole computation of each, in place of one that is under way."""
        for row in rows:
            row.requested_at, row.started_at, row.problem = clock.now(), None, ""
            row.save(update_fields=["requested_at", "started_at", "problem"])
            self._enqueue(row, clock.now(), clock)

    def _enqueue(self, row: Row, at: dt.datetime, clock: Clock) -> None:
        key = f"{self.name}:{row.pk}"
        if at <= clock.now():
            row.job = jobs.hasten(key, clock=clock)
        if row.job is None or not row.job.is_live:
            row.job = jobs.enqueue(
                actor=system(self.name), kind=self.name, payload={"id": str(row.pk)}, unique_key=key, at=at, clock=clock
            )  # fmt: skip
        row.save(update_fields=["job"])

    def _run(self, job: RunningJob) -> None:
        row = self.rows().filter(pk=job.payload["id"]).first()
        if row is None:
            return
        try:
            self.run(row, job)
        except (InvalidDefinition, ClickHouseError, OSError) as error:
            self.rows().filter(pk=row.pk).update(problem=clickhouse.explained(error)[:500], started_at=None)
            if isinstance(error, InvalidDefinition):
                raise JobFailed(str(error)) from error
            raise

    def _ended(self, job: Job) -> None:
        row = self.rows().filter(pk=job.payload["id"]).first()
        now = job.finished_at
        if row is None or now is None:
            return
        done = job.state == Job.State.DONE
        at = self.next_at(row, now) if done and row.requested_at is None else now if done else now + RETRY
        if at is not None:
            self._enqueue(row, at, _At(now))


@kept_for(10.0)
def _names(kind: ComputationKind[Any]) -> dict[str, str]:
    return {str(row.pk): getattr(row, "name", "") for row in kind.rows()}


@dataclass(frozen=True, slots=True)
class _At:
    """A clock that stands at the end of a job."""

    time: dt.datetime

    def now(self) -> dt.datetime:
        return self.time


def finish(rows: QuerySet[Any], row: Computation, *, at: dt.datetime, took: dt.timedelta) -> None:
    """Records what was computed of everybody as it was `at`; what was requested meanwhile stays requested."""
    current = rows.filter(pk=row.pk)
    current.update(
        started_at=None, problem="", computed_at=at, computed_version=row.version,
        took_ms=int(took.total_seconds() * 1000),
    )  # fmt: skip
    current.filter(version=row.version, requested_at=row.requested_at).update(requested_at=None)
