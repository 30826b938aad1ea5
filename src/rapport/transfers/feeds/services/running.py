"""Files into the event log: a batch's events, errors and the position reached are committed together."""

from __future__ import annotations

import datetime as dt
import json
from itertools import islice

import msgspec
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction

from rapport.core.clock import SYSTEM, Clock
from rapport.events.services import log as event_log
from rapport.events.services.envelope import Event
from rapport.transfers.feeds import mapping as language
from rapport.transfers.feeds.mapping import Mapping
from rapport.transfers.feeds.services import reading, trying
from rapport.transfers.feeds.services.reading import Record
from rapport.transfers.imports import readers
from rapport.transfers.imports.services import leases
from rapport.transfers.models import FileRowError, FileRun

State = FileRun.State
BATCH = 500
ATTEMPTS = 5


def run_once(clock: Clock = SYSTEM) -> int:
    """Works on the oldest file whose feed has a mapping, to its end; returns how many files."""
    free = FileRun.objects.filter(
        feed__mapped_at__isnull=False,
        feed__source__disabled_at=None,
        state__in=[State.WAITING, State.RUNNING],
    )
    for pk in free.order_by("created_at", "pk").values_list("pk", flat=True)[:20]:
        run = leases.claim(FileRun, [State.WAITING, State.RUNNING], pk=pk)
        if run is not None:
            _work(run, clock)
            return 1
    return 0


def _work(run: FileRun, clock: Clock) -> None:
    try:
        if run.attempts > ATTEMPTS:
            raise readers.Unreadable(run.reason or "Given up after several tries.")
        if run.state == State.WAITING:
            leases.renew(run, state=State.RUNNING, total=reading.total(run.file, run.name))
        _read(run, clock)
        leases.release(run, state=State.DONE, finished_at=clock.now(), attempts=0)
    except leases.Lost:
        return
    except (readers.Unreadable, language.Invalid, FileNotFoundError) as error:
        leases.release(run, state=State.FAILED, reason=str(error)[:500], finished_at=clock.now())
    except (DatabaseError, OSError):
        # Whatever was committed stays; another worker goes on behind it when the lease has ended.
        raise
    if run.state == State.DONE:
        default_storage.delete(run.file)


def _read(run: FileRun, clock: Clock) -> None:
    mapping = language.read(run.feed.mapping)
    found = reading.records(run.file, run.name, run.feed.group_by)
    ahead = (record for record in found if record.until > run.position)
    start = run.position
    while batch := list(islice(ahead, BATCH)):
        events, errors = _mapped(run, mapping, batch, clock.now())
        with transaction.atomic():
            if events:
                event_log.append(run.feed.source_id, events, clock.now())
            FileRowError.objects.bulk_create(errors)
            leases.renew(
                run,
                position=batch[-1].until,
                events=run.events + len(events),
                errors=run.errors + len(errors),
                attempts=1 if batch[-1].until > start else run.attempts,
            )


def _mapped(
    run: FileRun, mapping: Mapping, batch: list[Record], now: dt.datetime
) -> tuple[list[Event], list[FileRowError]]:
    events, errors = [], []
    for record in batch:
        reasons, made = ([record.problem], []) if record.problem else _one(mapping, record, now)
        events += made
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
