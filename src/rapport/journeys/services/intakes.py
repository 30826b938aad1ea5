"""Crowds: the members of a segment are let in little by little, so that neither channels nor staff are overrun."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.journeys import queries
from rapport.journeys.models import Intake, Journey
from rapport.journeys.services import entering
from rapport.journeys.services.entering import Entrant
from rapport.journeys.services.hearing import LOOP
from rapport.journeys.services.world import LiveWorld
from rapport.segments.models import Membership, Segment
from rapport.segments.queries.segments import members_after, segment_for

BATCH = 5_000
SAMPLE = 20_000
# With a limit an hour, people come in every few minutes.
PAUSE = dt.timedelta(minutes=5)
State = Intake.State
logger = logging.getLogger("rapport.journeys")


@dataclass(frozen=True, slots=True)
class Preview:
    """What an intake would do now: members, how many of those looked at would enter, and why others would not."""

    members: int
    looked_at: int
    enter: int
    refused: dict[str, int]


def preview(*, actor: Actor, journey_id: uuid.UUID, segment_key: str, clock: Clock = SYSTEM) -> Preview:
    """Of the first members, by the rules of entry. Raises Http404, ValidationError."""
    actor.require("journeys.enrol")
    journey, segment = _open(actor, journey_id), _segment(actor, segment_key)
    assert journey.live is not None
    rows = members_after(segment.pk, cursor=0, limit=SAMPLE)
    pairs, now = [(row.person_id, "") for row in rows], clock.now()
    world = LiveWorld(now)
    world.traits([person for person, _key in pairs])
    reasons = list(entering.refusals(journey, journey.live, pairs, world, now).values())
    counted = {reason: reasons.count(reason) for reason in sorted(set(reasons))}
    total = Membership.objects.filter(segment=segment).count()
    return Preview(total, len(pairs), len(pairs) - len(reasons), counted)


@transaction.atomic
def start(
    *,
    actor: Actor,
    journey_id: uuid.UUID,
    segment_key: str,
    per_hour: int | None = None,
    clock: Clock = SYSTEM,
) -> Intake:
    """Begins to let in everybody who is in the segment now. Raises Http404, ValidationError."""
    actor.require("journeys.enrol")
    journey, segment = _open(actor, journey_id), _segment(actor, segment_key)
    if Intake.objects.filter(journey=journey, segment=segment, state=State.RUNNING).exists():
        raise ValidationError({"segment": _("They are being let in already.")})
    Intake.objects.filter(journey=journey, segment=segment, key="").delete()
    row = begin(journey, segment, key="", per_hour=per_hour, by=actor.label, now=clock.now())
    data = {"segment": segment.key, "per_hour": per_hour or 0}
    audit.record(
        actor=actor,
        action="journey.intake_started",
        object_type="journey",
        object_id=journey.pk,
        data=data,
        clock=clock,
    )
    return row


@transaction.atomic
def stop(*, actor: Actor, intake_id: uuid.UUID, clock: Clock = SYSTEM) -> Intake:
    """Lets in nobody more; whoever is in stays. Raises Http404."""
    actor.require("journeys.enrol")
    row = Intake.objects.select_for_update(no_key=True).filter(pk=intake_id).first()
    if row is None:
        raise Http404("no such intake")
    if row.state == State.RUNNING:
        row.state = State.STOPPED
        row.save(update_fields=["state"])
        audit.record(
            actor=actor,
            action="journey.intake_stopped",
            object_type="journey",
            object_id=row.journey_id,
            clock=clock,
        )
    return row


def begin(
    journey: Journey, segment: Segment, *, key: str, per_hour: int | None, by: str, now: dt.datetime
) -> Intake:
    """Of each (segment, key) one; asked for again, the same."""
    assert journey.live is not None
    row, created = Intake.objects.get_or_create(
        journey=journey,
        segment=segment,
        key=key,
        defaults={
            "version": journey.live,
            "per_hour": per_hour,
            "due_at": now,
            "started_at": now,
            "started_by": by[:254],
        },
    )
    if created:
        wake(LOOP)
    return row


@transaction.atomic
def run_once(clock: Clock) -> int:
    """The next of each crowd whose turn has come; returns how many people had a turn."""
    due = Intake.objects.filter(state=State.RUNNING, due_at__lte=clock.now()).order_by("due_at")
    return sum(_try(row, clock) for row in claim_rows(due, limit=4))


def _try(row: Intake, clock: Clock) -> int:
    """A crowd that fails is tried later and holds up no other."""
    try:
        with transaction.atomic():
            return _turn(row, clock)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("a crowd of journey %s could not be let in", row.journey_id)
        Intake.objects.filter(pk=row.pk).update(due_at=clock.now() + PAUSE)
        return 0


def _turn(row: Intake, clock: Clock) -> int:
    now = clock.now()
    journey = Journey.objects.select_related("live").get(pk=row.journey_id)
    if journey.live is None or journey.paused_at or journey.archived_at:
        row.due_at = now + PAUSE
        row.save(update_fields=["due_at"])
        return 0
    limit = BATCH if row.per_hour is None else max(1, int(row.per_hour * PAUSE.total_seconds() / 3600))
    rows = members_after(row.segment_id, cursor=row.after, limit=min(limit, BATCH))
    if rows:
        trigger = {"event": "", "at": now.isoformat(), "properties": {}}
        entrants = [Entrant(member.person_id, row.key, trigger) for member in rows]
        entered = entering.enter(journey, journey.live, entrants, LiveWorld(now), clock, is_bulk=True)
        row.after, row.looked_at, row.entered = (
            rows[-1].pk,
            row.looked_at + len(rows),
            row.entered + len(entered),
        )
    if len(rows) < min(limit, BATCH):
        row.state = State.ENDED
    row.due_at = now if row.per_hour is None else now + _pause(row.per_hour)
    row.save(update_fields=["after", "looked_at", "entered", "state", "due_at"])
    return len(rows)


def _pause(per_hour: int) -> dt.timedelta:
    """Between two turns: five minutes, or longer where fewer than one comes in those."""
    return max(PAUSE, dt.timedelta(hours=1) / per_hour)


def _open(actor: Actor, journey_id: uuid.UUID) -> Journey:
    journey = queries.journey_for(actor, journey_id)
    if journey.live is None or journey.paused_at or journey.archived_at:
        raise ValidationError({"journey": _("The journey is not live.")})
    return journey


def _segment(actor: Actor, key: str) -> Segment:
    try:
        return segment_for(actor, key)
    except Http404 as error:
        raise ValidationError({"segment": _("There is no segment “%(key)s”.") % {"key": key}}) from error
