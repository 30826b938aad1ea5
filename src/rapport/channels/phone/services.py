"""Calls: put on the list, taken, made, put off."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.channels.phone import queries
from rapport.channels.phone.models import CallAttempt, CallTask
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import audit, outbox
from rapport.governance.services import consent, suppression
from rapport.people.models import Person

State, Result = CallTask.State, CallTask.Outcome
AGAIN = frozenset({Result.NO_ANSWER, Result.VOICEMAIL, Result.LATER})
CLAIM_ENDS = dt.timedelta(hours=2)
CALLS = system("calls")


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call to make."""

    reference: uuid.UUID
    person_id: uuid.UUID | None
    number: str
    purpose: str
    title: str
    script: str
    created_at: dt.datetime
    expires_at: dt.datetime
    tries: int
    again_minutes: int


@transaction.atomic
def add(calls: Sequence[NewCall]) -> list[int]:
    """Puts calls on the list; those that are there stay as they are. Returns their ids, in order."""
    present = set(
        Person.objects.filter(pk__in=[call.person_id for call in calls if call.person_id]).values_list(
            "pk", flat=True
        )
    )
    rows = [
        CallTask(
            **asdict(call) | {"person_id": call.person_id if call.person_id in present else None},
            due_at=call.created_at,
        )
        for call in calls
    ]
    CallTask.objects.bulk_create(rows, ignore_conflicts=True)
    ids = dict(
        CallTask.objects.filter(reference__in=[call.reference for call in calls]).values_list(
            "reference", "pk"
        )
    )
    return [ids[call.reference] for call in calls]


@transaction.atomic
def take_next(*, actor: Actor, clock: Clock = SYSTEM) -> CallTask | None:
    """Gives the actor the call due for longest; those that must no longer be made are stopped on the way."""
    actor.require("calls.edit")
    now = clock.now()
    release_forgotten(now)
    if (present := queries.claimed_by(actor)) is not None:
        return present
    while waiting := claim_rows(queries.due(actor, now), limit=1):
        if not _stopped(waiting[0], now):
            return _give(waiting[0], actor, now)
    return None


@transaction.atomic
def take(*, actor: Actor, call_id: int, clock: Clock = SYSTEM) -> CallTask:
    """Gives the actor this call. Raises Http404, ValidationError when somebody else is on it, or nobody may be."""
    actor.require("calls.edit")
    now = clock.now()
    task = queries.call_for(actor, call_id, lock=True)
    if task.state == State.CLAIMED and task.claimed_by_id == actor.user_id:
        return task
    if task.state == State.WAITING and _stopped(task, now):
        return task
    if task.state != State.WAITING:
        raise ValidationError(_("This call is no longer to be made, or somebody is on it."))
    return _give(task, actor, now)


@transaction.atomic
def put_back(*, actor: Actor, call_id: int, clock: Clock = SYSTEM) -> CallTask:
    """Gives a call back without having made it. Raises Http404."""
    actor.require("calls.edit")
    task = queries.call_for(actor, call_id, lock=True)
    if task.state == State.CLAIMED:
        _release(task)
    return task


@transaction.atomic
def finish(
    *,
    actor: Actor,
    call_id: int,
    outcome: str,
    notes: str = "",
    again_at: dt.datetime | None = None,
    clock: Clock = SYSTEM,
) -> CallTask:
    """Records an attempt. Who did not answer is called again; who does not want to be called never is.

    Raises Http404, ValidationError.
    """
    actor.require("calls.edit")
    if outcome not in Result.values:
        raise ValidationError({"outcome": _("One of: %(choices)s") % {"choices": ", ".join(Result.values)}})
    now = clock.now()
    task = queries.call_for(actor, call_id, lock=True)
    if task.state != State.CLAIMED or (task.claimed_by_id != actor.user_id and actor.user_id is not None):
        raise ValidationError(
            {"outcome": _("Take the call first: it is nobody's, somebody else's, or done.")}
        )
    if again_at is not None and again_at <= now:
        raise ValidationError({"again_at": _("That is over.")})
    CallAttempt.objects.create(
        task=task, at=now, caller=actor.label, outcome=outcome, notes=notes.strip()[:10_000]
    )
    _settle(task, Result(outcome), again_at, now)
    _follow(task, Result(outcome), actor, now, clock)
    return task


def release_forgotten(now: dt.datetime) -> None:
    """Calls that somebody took and left lying are everybody's again."""
    stale = CallTask.objects.filter(state=State.CLAIMED, claimed_at__lt=now - CLAIM_ENDS)
    stale.update(state=State.WAITING, claimed_by=None, claimed_at=None)


def _give(task: CallTask, actor: Actor, now: dt.datetime) -> CallTask:
    task.state, task.claimed_by_id, task.claimed_at = State.CLAIMED, actor.user_id, now
    task.save(update_fields=["state", "claimed_by", "claimed_at"])
    return task


def _release(task: CallTask) -> None:
    task.state, task.claimed_by, task.claimed_at = State.WAITING, None, None
    task.save(update_fields=["state", "claimed_by", "claimed_at"])


def _stopped(task: CallTask, now: dt.datetime) -> bool:
    """Stops the call if the person must not be called now."""
    refusal = queries.refusal(task, now)
    if refusal and refusal != "paused":
        task.state, task.why_stopped, task.finished_at = State.STOPPED, refusal, now
        task.save(update_fields=["state", "why_stopped", "finished_at"])
    elif refusal:
        task.due_at = now + dt.timedelta(days=1)
        task.save(update_fields=["due_at"])
    return bool(refusal)


def _settle(
    task: CallTask, outcome: CallTask.Outcome, again_at: dt.datetime | None, now: dt.datetime
) -> None:
    tried = task.attempts.exclude(outcome=Result.LATER).count()
    goes_on = outcome in AGAIN and (outcome == Result.LATER or tried < task.tries)
    task.claimed_by, task.claimed_at, task.outcome = None, None, outcome
    if goes_on:
        task.state, task.due_at = State.WAITING, again_at or now + dt.timedelta(minutes=task.again_minutes)
    else:
        task.state, task.finished_at = State.DONE, now
    task.save()


def _follow(task: CallTask, outcome: CallTask.Outcome, actor: Actor, now: dt.datetime, clock: Clock) -> None:
    """What the outcome means for the number, for consent and for everybody who listens."""
    source = f"call {task.pk}"
    if outcome == Result.WRONG_NUMBER:
        suppression.suppress(
            actor=CALLS, channel="phone", address=task.number, reason="bounced", source=source, clock=clock
        )
    person = queries.survivor(task)
    if outcome == Result.DO_NOT_CALL:
        suppression.suppress(
            actor=CALLS,
            channel="phone",
            address=task.number,
            reason="unsubscribed",
            source=source,
            clock=clock,
        )
        if person is not None and task.purpose:
            evidence = {"caller": actor.label}
            consent.record(
                actor=CALLS, person_id=person, purpose=task.purpose, channel="phone", state="withdrawn", at=now,
                source=source, evidence=evidence, clock=clock,
            )  # fmt: skip
    if person is not None:
        properties = {
            "delivery_id": str(task.reference),
            "channel": "phone",
            "outcome": outcome.value,
            "title": task.title,
        }
        outbox.emit("Call Made", person_id=person, properties=properties, at=now)
    audit.record(
        actor=actor,
        action="call.made",
        object_type="call",
        object_id=task.pk,
        data={"outcome": outcome.value},
        clock=clock,
    )
