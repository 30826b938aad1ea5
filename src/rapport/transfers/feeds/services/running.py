"""Files into the event log: a batch's events, errors and the position reached are committed together."""

from __future__ import annotations

import datetime as dt
import json
from itertools import islice

import msgspec
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import Job
from rapport.events.services import log as event_log
from rapport.events.services.envelope import Event
from rapport.transfers.feeds import mapping as language
from rapport.transfers.feeds.mapping import Mapping
from rapport.transfers.feeds.services import reading, trying
from rapport.transfers.feeds.services.reading import Record
from rapport.transfers.imports import readers
from rapport.transfers.models import FileRowError, FileRun

State = FileRun.State
BATCH = 500
JOB = "transfers.file"


@transaction.atomic
def enqueue_waiting(*, actor: Actor, clock: Clock = SYSTEM) -> int:
    """Enqueues the files that wait and whose feed has a mapping and is switched on; returns how many."""
    ready = FileRun.objects.filter(
        state=State.WAITING, job=None, feed__mapped_at__isnull=False, feed__source__disabled_at=None
    )
    runs = jobs.claim_rows(ready.order_by("created_at", "pk"), limit=1_000)
    for run in runs:
        run.job = jobs.enqueue(actor=actor, kind=JOB, payload={"run": run.pk}, clock=clock)
    FileRun.objects.bulk_update(runs, ["job"])
    return len(runs)


def read_file(job: jobs.RunningJob) -> dict[str, int]:
    """The job: reads one file from the row after the last one that is in the log."""
    run = FileRun.objects.select_related("feed__source").filter(job=job.row).first()
    if run is None:
        raise jobs.JobFailed(_("The record it was for no longer exists."))
    if run.feed.source.disabled_at is not None:  # since it was enqueued: it waits again
        FileRun.objects.filter(pk=run.pk).update(state=State.WAITING, job=None)
        return {}
    FileRun.objects.filter(pk=run.pk).update(state=State.RUNNING)
    try:
        job.step(total=reading.total(run.file, run.name))
        _read(run, job)
    except (readers.Unreadable, language.Invalid, FileNotFoundError) as error:
        raise jobs.JobFailed(str(error)) from error
    with transaction.atomic():
        FileRun.objects.filter(pk=run.pk).update(state=State.DONE, finished_at=job.clock.now())
        job.finish({"events": run.events, "errors": run.errors})
    default_storage.delete(run.file)
    return {}


def ended(job: Job) -> None:
    """Notes on the file that its job failed or was cancelled."""
    if job.state != Job.State.DONE:
        FileRun.objects.filter(job=job).update(state=State.FAILED, finished_at=job.finished_at)


def _read(run: FileRun, job: jobs.RunningJob) -> None:
    mapping = language.read(run.feed.mapping)
    records = reading.records(run.file, run.name, run.feed.group_by)
    ahead = (record for record in records if record.until > run.position)
    while batch := list(islice(ahead, BATCH)):
        events, errors = _mapped(run, mapping, batch, job.clock.now())
        run.position, run.events = batch[-1].until, run.events + len(events)
        run.errors += len(errors)
        with transaction.atomic():
            if events:
                event_log.append(run.feed.source_id, events, job.clock.now())
            FileRowError.objects.bulk_create(errors)
            run.save(update_fields=["position", "events", "errors"])
            job.step(done=run.position)


def _mapped(
    run: FileRun, mapping: Mapping, batch: list[Record], now: dt.datetime
) -> tuple[list[Event], list[FileRowError]]:
    events, errors = [], []
    for record in batch:
        reasons, calls = ([record.problem], []) if record.problem else _one(mapping, record, now)
        events += calls
        if reasons:
            cells = json.loads(msgspec.json.encode(record.cells).replace(b"\\u0000", b""))
            errors.append(
                FileRowError(run=run, row=record.row, reason="\n".join(reasons)[:2000], cells=cells)
            )
    return events, errors


def _one(mapping: Mapping, record: Record, now: dt.datetime) -> tuple[list[str], list[Event]]:
    """Why a record makes no events, or its events: never a part of them."""
    outcome = mapping.apply(record.cells, key=record.key)
    events, refused = trying.accepted(outcome, now)
    reasons = [str(trouble).replace("\x00", "") for trouble in (*outcome.troubles, *refused)]
    return reasons, [] if reasons else events
