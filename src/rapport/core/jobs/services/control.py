"""Cancelling and retrying jobs, and retention of those that ended."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs.registry import JOB_KINDS
from rapport.core.jobs.services import leases
from rapport.core.models import Job
from rapport.core.services import audit
from rapport.core.services.wake import wake

KEPT = dt.timedelta(days=30)
State = Job.State


@transaction.atomic
def cancel(*, actor: Actor, job: Job, clock: Clock = SYSTEM) -> Job:
    """Cancels a job, the actor's own or with `jobs.edit` anybody's. Raises ValidationError when it cannot be."""
    _require(actor, job)
    kind = JOB_KINDS.get(job.kind)
    if kind is not None and not kind.cancellable:
        raise ValidationError(_("This job cannot be cancelled; it ends by itself."))
    if not stop(job, clock=clock):
        raise ValidationError(_("It has ended already."))
    audit.record(actor=actor, action="job.cancelled", object_type="job", object_id=job.pk, clock=clock)
    return job


@transaction.atomic
def stop(job: Job, *, clock: Clock = SYSTEM) -> bool:
    """Ends a waiting job; asks a running one to end at its next step. False when it has ended already.

    For services that have checked the actor's rights and leave an audit line of their own.
    """
    now = clock.now()
    row = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    if not row.is_live:
        return False
    row.cancel_requested_at = now
    free = row.lease_until is None or row.lease_until <= now
    if free:
        row.fence, row.state, row.finished_at, row.lease_until = row.fence + 1, State.CANCELLED, now, None
    row.save()
    if free and (kind := JOB_KINDS.get(row.kind)):
        kind.ended(row)
    job.refresh_from_db()
    return True


@transaction.atomic
def retry(*, actor: Actor, job: Job, clock: Clock = SYSTEM) -> Job:
    """Runs a failed or cancelled job again, on behalf of who asked for it first. Raises ValidationError.

    Nobody has done for them in another's name what they may not do themselves.
    """
    _require(actor, job)
    kind = JOB_KINDS.get(job.kind)
    if kind is None:
        raise ValidationError(_("This kind of job no longer exists."))
    kind.require(actor)
    ended = Job.objects.filter(pk=job.pk, state__in=[State.FAILED, State.CANCELLED])
    try:
        with transaction.atomic():
            again = leases.reopen(
                ended,
                now=clock.now(),
                state=State.WAITING,
                furthest=0,
                cancel_requested_at=None,
                finished_at=None,
            )
    except IntegrityError as error:
        raise ValidationError(_("The same job is already running.")) from error
    if not again:
        raise ValidationError(_("Only what failed or was cancelled can be run again."))
    audit.record(actor=actor, action="job.retried", object_type="job", object_id=job.pk, clock=clock)
    wake(kind.loop)
    job.refresh_from_db()
    return job


def forget_old(now: dt.datetime) -> int:
    """Removes jobs that ended a month ago; returns how many."""
    ended = Job.objects.exclude(state__in=Job.LIVE).filter(finished_at__lt=now - KEPT)
    return int(ended.delete()[0])


def _require(actor: Actor, job: Job) -> None:
    if (job.actor_kind, job.actor_id) != (actor.kind, actor.id):
        actor.require("jobs.edit")
