"""The run: chunk by chunk, each one transaction that also moves the position: a kill loses or doubles no row."""

from __future__ import annotations

import datetime as dt
import errno
import time

from django.db import connection, transaction

from rapport.core import jobs
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.people import identity_types
from rapport.people.services import policy as policies
from rapport.people.services.identity import Raced
from rapport.people.values.schema import PERSON
from rapport.transfers.imports.drafts import Chunk
from rapport.transfers.imports.readers import Unreadable
from rapport.transfers.imports.services import applying, counting, parallel, parsing, planning, steps
from rapport.transfers.imports.services.placing import Writing
from rapport.transfers.models import Import

State = Import.State
RACES = 8


def rules_of(run: Import, now: dt.datetime) -> planning.Rules:
    """How rows of this import meet people; the time is the start of the run, also after a resume."""
    mapping = run.mapping
    return planning.Rules(
        mapping["policy"],
        mapping["ambiguous"],
        run.source,
        run.token,
        run.started_at or now,
        policies.current(PERSON),
        identity_types.refresh().identifying,
    )


def run_import(job: jobs.RunningJob) -> None:
    """The job: imports what is left of the file."""
    run = steps.run_of(job)
    try:
        with parallel.rare_collections():
            _import_all(run, job)
    except (Unreadable, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise  # it says nothing about the file, and passes
        raise jobs.JobFailed(str(error)) from error
    counts = {name: value for name, value in run.counts.items() if isinstance(value, int)}
    with transaction.atomic():
        done = {"state": State.DONE, "rows": run.position, "finished_at": job.clock.now()}
        Import.objects.filter(pk=run.pk).update(**done)
        audit.record(
            actor=job.actor, action="import.done", object_type="import", object_id=run.pk, data=counts,
            clock=job.clock,
        )  # fmt: skip
        job.finish(counts)


def _import_all(run: Import, job: jobs.RunningJob) -> None:
    rules = rules_of(run, job.clock.now())
    # What a transaction around this one holds, other connections would not see.
    several = parsing.is_large(run) and not connection.in_atomic_block
    through = parallel.in_parallel if several else parallel.in_sequence
    with parsing.chunks(run, zone=workspace().time_zone, skip=run.position, rules=rules) as chunks:
        for _chunk in through(chunks, lambda chunk, turn: _import(run, job, chunk, turn)):
            pass


def _import(run: Import, job: jobs.RunningJob, chunk: Chunk, turn: parallel.Turn) -> None:
    """One chunk, again from its start when somebody else linked the same identifier meanwhile."""
    turn.begin()
    for race in range(RACES):
        try:
            with transaction.atomic():
                _write(run, job, chunk, turn)
            return
        except parallel.TooEarly:
            turn.wait()
        except Raced:
            time.sleep(0.02 * 2**race)
    raise Raced


def _write(run: Import, job: jobs.RunningJob, chunk: Chunk, turn: parallel.Turn) -> None:
    rules = rules_of(run, job.clock.now())
    rows = planning.plan(chunk, Writing(rules, turn, chunk.newcomers), rules)
    more = applying.write(rows, run=run, actor=job.actor, rules=rules)
    planning.finish(rows)
    applying.mark_people(rows, rules, run, chunk.newcomers)
    applying.journal(rows, run)
    turn.newcomers = all(row.is_new or row.outcome == "rejected" for row in rows)
    turn.wait(parallel.PATIENCE)
    counts = counting.added(run.counts, counting.counted(rows) | {"more": more})
    report = run.report | {"examples": counting.examples(rows, run.report.get("examples", {}))}
    position = chunk.drafts[-1].number
    Import.objects.filter(pk=run.pk).update(position=position, counts=counts, report=report)
    # The fence is looked at last: a worker that was taken for dead rolls all of this back.
    job.step(done=position)
    run.position, run.counts, run.report = position, counts, report
