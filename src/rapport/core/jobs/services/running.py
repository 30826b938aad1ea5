"""The job runner: claims a job, checks permissions, calls its handler under a lease, records the outcome."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core import clickhouse
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs.registry import JOB_KINDS, JobKind, of_queue
from rapport.core.jobs.services import leases, schedule
from rapport.core.jobs.services.leases import Lost
from rapport.core.jobs.services.requester import Gone, requester
from rapport.core.models import Job
from rapport.core.registry import WorkerLoop

log = logging.getLogger("rapport.jobs")
State = Job.State
# What is enqueued for now wakes its queue; what is for later may start so many seconds late.
LONGEST_IDLE = 15.0
_in_hand: dict[uuid.UUID, RunningJob] = {}


class JobFailed(Exception):
    """What stops a job for good, in words for the person who asked for it."""


class Cancelled(Exception):
    """Somebody cancelled the job: what is not committed is rolled back, and nothing more is done."""


class Later(Exception):
    """The job waits for something else: it is put off for a while, which is no failed try."""

    def __init__(self, wait: dt.timedelta = dt.timedelta(0)) -> None:
        super().__init__(f"later, in {wait}")
        self.wait = wait


class RunningJob:
    """A job while its handler works on it: whom it is for, and its progress."""

    actor: Actor

    def __init__(self, row: Job, clock: Clock, progress: Callable[[Job], None] | None = None) -> None:
        self.row, self.clock, self._progress = row, clock, progress
        self.kind: JobKind = JOB_KINDS[row.kind]
        self.payload: dict[str, Any] = row.payload
        self._before = row.furthest

    def step(self, *, done: int | None = None, total: int | None = None, stage: str | None = None) -> None:
        """Renews the lease and tells the progress; last in the transaction of a chunk. Raises Lost, Cancelled."""
        given = {"done": done, "total": total, "stage": stage}
        fields: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if done is not None and done > self._before:
            fields |= {"furthest": max(done, self.row.furthest), "attempts": 0, "last_error": ""}
        leases.renew(self.row, now=self.clock.now(), lease=self.kind.lease, **fields)
        if Job.objects.filter(pk=self.row.pk, cancel_requested_at__isnull=False).exists():
            raise Cancelled
        if self._progress:
            self._progress(self.row)

    def finish(self, result: dict[str, Any] | None = None) -> None:
        """Makes the job done, in the caller's transaction if there is one; else it is when the handler returns.

        Raises Lost.
        """
        self.end(State.DONE, result=result or {}, last_error="")

    def end(self, state: str, **fields: Any) -> None:
        """Ends the lease and the job. Raises Lost."""
        fields |= {
            "state": state,
            "stage": "",
            "attempts": self.row.attempts,
            "finished_at": self.clock.now(),
        }
        with transaction.atomic():
            leases.release(self.row, **fields)
            self.kind.ended(self.row)
            if (self.kind.schedule or self.kind.repeats) and state == State.DONE:
                schedule.forget_earlier(self.row)


def loops() -> list[WorkerLoop]:
    """A worker loop for each queue."""
    first = {kind.queue: kind for kind in reversed(list(JOB_KINDS))}
    return [
        WorkerLoop(
            kind.loop, partial(run_once, queue=queue), kind.idle_seconds, kind.part, longest_idle=LONGEST_IDLE
        )
        for queue, kind in first.items()
    ]


def run_once(clock: Clock, queue: str) -> int:
    """Runs the job of this queue that is due longest; returns 0 when there was none."""
    kinds = of_queue(queue)
    schedule.enqueue_due(kinds, clock)
    row = _claim(clock, kinds)
    if row is None:
        return 0
    job = _in_hand[row.pk] = RunningJob(row, clock)
    try:
        work(job)
    finally:
        _in_hand.pop(row.pk, None)
    return 1


def run_due(*queues: str, clock: Clock = SYSTEM) -> int:
    """Runs what is due in these queues until nothing is; returns how many jobs. For scripts and tests."""
    number = 0
    while any(run_once(clock, queue) for queue in queues):
        number += 1
    return number


def hand_back(clock: Clock) -> None:
    """Lets other workers take up at once what this process is about to leave unfinished; its own try does not count.

    The fence keeps threads that still run from committing another step.
    """
    for job in list(_in_hand.values()):
        running = Job.objects.filter(pk=job.row.pk, fence=job.row.fence, state=State.RUNNING)
        running.update(
            state=State.WAITING, lease_until=None, fence=F("fence") + 1, next_attempt_at=clock.now(),
            attempts=Greatest(F("attempts") - 1, 0),
        )  # fmt: skip


def run_now(job: Job, clock: Clock, progress: Callable[[Job], None] | None = None) -> bool:
    """Runs this job in this process, telling `progress` after each step; False when a worker is at it already."""
    row = _claim(clock, [JOB_KINDS[job.kind]], job)
    if row is not None:
        work(RunningJob(row, clock, progress))
    job.refresh_from_db()
    return row is not None


def _claim(clock: Clock, kinds: list[JobKind], job: Job | None = None) -> Job | None:
    rows = Job.objects.filter(state__in=Job.LIVE, kind__in=[kind.name for kind in kinds])
    if job is not None:
        rows = rows.filter(pk=job.pk)
    with transaction.atomic():
        claimed = leases.claim(rows, now=clock.now(), lease=max(kind.lease for kind in kinds))
        for row in claimed:
            started = row.started_at or clock.now()
            Job.objects.filter(pk=row.pk).update(state=State.RUNNING, started_at=started)
            row.state, row.started_at = State.RUNNING, started
    return claimed[0] if claimed else None


def work(job: RunningJob) -> None:
    """Calls the handler on behalf of the requester, and records how it ended."""
    try:
        _call(job)
    except Lost:
        log.warning("job %s was taken over by another worker", job.row)
    except Later as later:
        again = job.clock.now() + later.wait
        _recorded(job, lambda: leases.release(job.row, state=State.WAITING, next_attempt_at=again))
    except Cancelled:
        _recorded(job, lambda: job.end(State.CANCELLED))
    except (JobFailed, Gone, PermissionDenied, ValidationError, Http404) as error:
        words = _words(error)
        _recorded(job, lambda: job.end(State.FAILED, last_error=words))
    except Exception as error:
        log.warning("job %s failed (%s: %s)", job.row, type(error).__name__, error)
        log.debug("details", exc_info=True)
        words = f"{type(error).__name__}: {clickhouse.explained(error)}"
        _recorded(job, lambda: _put_off(job, words))


def _call(job: RunningJob) -> None:
    if job.row.attempts > job.kind.attempts:
        raise JobFailed(job.row.last_error or _("Its worker was stopped every time before it made progress."))
    job.actor = requester(job.row)
    job.kind.require(job.actor)
    job.step()
    result = job.kind.run(job)
    if job.row.state == State.RUNNING:
        job.finish(result)


def _put_off(job: RunningJob, error: str) -> None:
    """Another try later, with growing pauses; the end after as many as the kind allows."""
    kind, row = job.kind, job.row
    # What a step said in a transaction that was rolled back does not count.
    row.refresh_from_db(fields=["attempts"])
    if row.attempts >= kind.attempts:
        job.end(State.FAILED, last_error=error[:2000])
        return
    wait = leases.delay(max(row.attempts, 1), first=kind.first_delay, longest=kind.longest_delay)
    again = job.clock.now() + wait
    leases.release(
        row, state=State.WAITING, attempts=row.attempts, last_error=error[:2000], next_attempt_at=again
    )


def _recorded(job: RunningJob, record: Callable[[], None]) -> None:
    """What cannot be recorded is not lost: the lease runs out, and the next worker finds the job as it was."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    try:
        record()
    except Lost:
        log.warning("job %s was taken over by another worker", job.row)
    except DatabaseError:
        log.exception("job %s waits for its lease to end", job.row)


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)[:2000]
    if isinstance(error, Http404):
        return _("The record it was for no longer exists.")
    return str(error)[:2000]
