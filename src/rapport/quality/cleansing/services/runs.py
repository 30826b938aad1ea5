"""A run of a repair: looked for, chosen from, started, taken back, discarded. `cleansing.jobs` carries it out."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rapport.core import jobs, sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.quality.cleansing import queries
from rapport.quality.cleansing.repairs import REPAIRS
from rapport.quality.models import RepairItem, RepairRun

JOB = "quality.repair"
State = RepairRun.State
ItemState = RepairItem.State


@transaction.atomic
def look(*, actor: Actor, repair: str, clock: Clock = SYSTEM) -> RepairRun:
    """Starts looking for what the repair would change. Raises ValidationError for an unknown or unfinished one."""
    actor.require("people.edit", Reach.ALL)
    if repair not in REPAIRS:
        raise ValidationError(_("There is no such repair."))
    sql.run("SELECT pg_advisory_xact_lock(hashtext('repair:' || %b))", [repair])
    if RepairRun.objects.filter(repair=repair, state__in=RepairRun.BUSY).exists():
        raise ValidationError(_("This repair is already running; wait until it has ended."))
    RepairRun.objects.filter(repair=repair, state=State.PREVIEW).update(state=State.DISCARDED)
    run = RepairRun.objects.create(
        repair=repair,
        message_id=uuid.uuid4(),
        made_by=actor.label,
        domains=queries.domains_in_use() if repair == "email-domains" else {},
        created_at=clock.now(),
    )
    _enqueue(actor, run, queries.repairable_people().count(), clock)
    _audit(actor, "repair.looked", run, clock)
    return run


def _enqueue(actor: Actor, run: RepairRun, total: int, clock: Clock) -> None:
    """Has a worker do what the run's state says, in place of what another may be doing for it."""
    if run.job:
        jobs.stop(run.job, clock=clock)
    run.job = jobs.enqueue(actor=actor, kind=JOB, payload={"run": run.pk}, total=total, clock=clock)
    run.save()


@transaction.atomic
def choose(
    *, actor: Actor, run: RepairRun, items: QuerySet[RepairItem], leave: bool, clock: Clock = SYSTEM
) -> int:
    """Leaves rows alone (now, and in later runs while the value stays), or takes them in again; returns how many."""
    actor.require("people.edit", Reach.ALL)
    run = _locked(run, State.PREVIEW)
    was, now = (ItemState.PROPOSED, ItemState.EXCLUDED) if leave else (ItemState.EXCLUDED, ItemState.PROPOSED)
    changed = RepairItem.objects.filter(run=run, state=was, pk__in=items.values("pk")).update(state=now)
    _audit(actor, "repair.rows_left_alone" if leave else "repair.rows_taken_in", run, clock, rows=changed)
    return changed


@transaction.atomic
def start(*, actor: Actor, run: RepairRun, clock: Clock = SYSTEM) -> RepairRun:
    """Applies what is proposed, or what is left of it. Raises ValidationError."""
    actor.require("people.edit", Reach.ALL)
    run = _locked(run, State.PREVIEW, State.STOPPED)
    count = run.items.filter(state=ItemState.PROPOSED).count()
    if not count:
        raise ValidationError(_("There is nothing left to change."))
    run.state, run.made_by = State.APPLYING, actor.label
    _enqueue(actor, run, count, clock)
    _audit(actor, "repair.started", run, clock, rows=count)
    return run


@transaction.atomic
def take_back(*, actor: Actor, run: RepairRun, clock: Clock = SYSTEM) -> RepairRun:
    """Gives everybody back the value of before, where nobody changed it since. Raises ValidationError."""
    actor.require("people.edit", Reach.ALL)
    run = _locked(run, State.DONE, State.APPLYING, State.STOPPED)
    run.state = State.UNDOING
    count = run.items.filter(state=ItemState.APPLIED).count()
    _enqueue(actor, run, count, clock)
    _audit(actor, "repair.taken_back", run, clock, rows=count)
    return run


@transaction.atomic
def discard(*, actor: Actor, run: RepairRun, clock: Clock = SYSTEM) -> None:
    """Throws a preview away; what was left alone stays known. Raises ValidationError."""
    actor.require("people.edit", Reach.ALL)
    run = _locked(run, State.PREVIEW, State.LOOKING)
    run.items.filter(state=ItemState.PROPOSED).delete()
    run.state, run.finished_at = State.DISCARDED, clock.now()
    run.save()
    if run.job:
        jobs.stop(run.job, clock=clock)
    _audit(actor, "repair.discarded", run, clock)


def _locked(run: RepairRun, *states: str) -> RepairRun:
    run = RepairRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in states:
        raise ValidationError(
            _("That cannot be done now: the repair is “%(state)s”.") % {"state": run.get_state_display()}
        )
    return run


def _audit(actor: Actor, action: str, run: RepairRun, clock: Clock, **data: Any) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type="repair_run",
        object_id=run.pk,
        data={"repair": run.repair, **data},
        clock=clock,
    )
