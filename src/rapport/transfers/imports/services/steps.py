"""The steps of an import: check, start, pause, resume, cancel and revert, and what becomes of it when a job ends."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import Job
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.transfers.imports import mapping as mappings
from rapport.transfers.models import Import

State = Import.State
CHECK, IMPORT, REVERT = "transfers.check", "transfers.import", "transfers.revert"
STEPS: dict[str, frozenset[str]] = {
    "check": frozenset({State.MAPPING, State.CHECKED, State.FAILED}),
    "start": frozenset({State.MAPPING, State.CHECKED}),
    "pause": frozenset({State.RUNNING}),
    "resume": frozenset({State.PAUSED, State.FAILED, State.CANCELLED}),
    "cancel": frozenset({State.RUNNING, State.PAUSED, State.CHECKING}),
    "revert": frozenset({State.DONE, State.CANCELLED, State.FAILED, State.PAUSED}),
}
KINDS = {"check": CHECK, "start": IMPORT, "resume": IMPORT, "revert": REVERT}
WORKING = {CHECK: State.CHECKING, IMPORT: State.RUNNING, REVERT: State.REVERTING}


@transaction.atomic
def take(*, actor: Actor, run: Import, step: str, clock: Clock = SYSTEM) -> Import:
    """Takes one of STEPS. Raises ValueError when it is not the time for it, mapping.BadMapping."""
    actor.require("people.edit", Reach.ALL)
    run = Import.objects.select_for_update(of=("self",)).select_related("job").get(pk=run.pk)
    if run.state not in STEPS[step] or run.stopping:
        raise _unfit(run)
    if step in {"check", "start"}:
        run.mapping = mappings.checked(run.mapping, len(run.headers))
    if step in KINDS:
        _begin(run, step, actor, clock)
    else:
        _stop(run, step, clock)
    audit.record(actor=actor, action=f"import.{step}", object_type="import", object_id=run.pk, clock=clock)
    run.refresh_from_db()
    return run


def _unfit(run: Import) -> ValueError:
    return ValueError(_("Not possible while the import is “%(state)s”.") % {"state": run.get_state_display()})


def _begin(run: Import, step: str, actor: Actor, clock: Clock) -> None:
    kind = KINDS[step]
    payload = {"import": str(run.pk)}
    try:
        run.job = jobs.enqueue(
            actor=actor,
            kind=kind,
            payload=payload,
            unique_key=f"import:{run.pk}",
            total=run.rows,
            clock=clock,
        )
    except jobs.AlreadyQueued as error:  # its job was retried on the page of jobs
        raise _unfit(run) from error
    run.state, run.pausing = WORKING[kind], False
    if kind == IMPORT:
        run.started_at, run.finished_at = run.started_at or clock.now(), None
    run.save()


def _stop(run: Import, step: str, clock: Clock) -> None:
    run.pausing = step == "pause"
    run.save(update_fields=["pausing"])
    if run.job is None or not jobs.stop(run.job, clock=clock):  # paused before
        Import.objects.filter(pk=run.pk).update(state=State.CANCELLED, finished_at=clock.now())


def run_of(job: jobs.RunningJob) -> Import:
    """The import that a job works on, marked so: the job may be retried after it had failed."""
    run = Import.objects.filter(job=job.row).first()
    if run is None:
        raise jobs.JobFailed(_("This import has moved on since you opened the page."))
    run.state = WORKING[job.row.kind]
    run.save(update_fields=["state"])
    return run


def ended(job: Job) -> None:
    """Notes on the import that its job failed or was cancelled. What is done, the job itself notes."""
    runs = Import.objects.filter(job=job)
    if job.state == Job.State.FAILED:
        # Of a revert that failed, the rest can be reverted later, but nothing can be resumed.
        state = State.DONE if job.kind == REVERT else State.FAILED
        runs.update(state=state, finished_at=job.finished_at)
    elif job.state == Job.State.CANCELLED and job.kind == CHECK:
        runs.update(state=State.MAPPING, report={})
    elif job.state == Job.State.CANCELLED:
        runs.filter(pausing=False).update(state=State.CANCELLED, finished_at=job.finished_at)
        runs.filter(pausing=True).update(state=State.PAUSED, pausing=False)
