"""Moves people from earlier versions to steps of the live one, by an explicit mapping; each is moved once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.journeys import queries
from rapport.journeys.models import Enrolment, Journey, JourneyVersion, Passage
from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services import hearing, journeys, tallies

KIND = "journeys.move"
BATCH = 1_000
MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Transfer:
    """Whoever stands at a step of a version goes on at a step of the live one."""

    version_id: int
    step: str
    there: str


@transaction.atomic
def publish(
    *, actor: Actor, journey_id: uuid.UUID, moves: Sequence[Transfer] = (), clock: Clock = SYSTEM
) -> JourneyVersion:
    """Publishes the draft and lets a job move these people to it. Raises Http404, InvalidDefinition."""
    version = journeys.publish(actor=actor, journey_id=journey_id, clock=clock)
    if moves:
        order(actor=actor, journey_id=journey_id, moves=moves, clock=clock)
    return version


@transaction.atomic
def order(*, actor: Actor, journey_id: uuid.UUID, moves: Sequence[Transfer], clock: Clock = SYSTEM) -> None:
    """Lets a job move them. Raises Http404, ValidationError."""
    actor.require("journeys.publish")
    journey = queries.journey_for(actor, journey_id, lock=True)
    if journey.live is None:
        raise ValidationError(_("It has not been published yet."))
    unknown = [move.there for move in moves if move.there not in journey.live.definition["steps"]]
    earlier = set(journey.versions.exclude(pk=journey.live.pk).values_list("pk", flat=True))
    if unknown:
        raise ValidationError(_("There is no step “%(name)s”.") % {"name": unknown[0]})
    if any(move.version_id not in earlier for move in moves):
        raise ValidationError(_("People are moved from earlier versions of the journey."))
    payload = {
        "journey": str(journey.pk),
        "version": journey.live_id,
        "moves": [asdict(move) for move in moves],
    }
    jobs.enqueue(actor=actor, kind=KIND, payload=payload, clock=clock)


@transaction.atomic
def move_some(
    *, actor: Actor, journey: Journey, live: JourneyVersion, transfer: Transfer, clock: Clock
) -> int:
    """Moves a batch; returns how many. Whoever waits at the same step for the same goes on waiting.

    For all others it is one move more, so that answers to what was asked before change nothing.
    """
    rows = claim_rows(
        Enrolment.objects.filter(
            journey=journey, version_id=transfer.version_id, step=transfer.step, ended_at=None
        ).order_by("pk"),
        limit=BATCH,
    )
    if not rows:
        return 0
    old = JourneyVersion.objects.get(pk=transfer.version_id)
    keeps_waiting = _waits_alike(old, live, transfer)
    now = clock.now()
    for row in rows:
        row.version, row.step = live, transfer.there
        if not keeps_waiting:
            row.due_at, row.awaited, row.is_waiting, row.moved_at = now, "", False, now
            row.attempts, row.error, row.moves = 0, "", row.moves + 1
    fields = ["version", "step", "due_at", "awaited", "is_waiting", "moved_at", "attempts", "error", "moves"]
    Enrolment.objects.bulk_update(rows, fields)
    because = {"from_version": old.number, "version": live.number, "step": transfer.there}
    Passage.objects.bulk_create(
        [Passage(enrolment=row, step=transfer.step, branch=MOVED, at=now, because=because) for row in rows]
    )
    tallies.moved(journey, old, live, transfer.step, transfer.there, len(rows))
    audit.record(
        actor=actor,
        action="journey.people_moved",
        object_type="journey",
        object_id=journey.pk,
        data={**because, "from_step": transfer.step, "people": len(rows)},
        clock=clock,
    )
    return len(rows)


def _waits_alike(old: JourneyVersion, live: JourneyVersion, transfer: Transfer) -> bool:
    """Both are a step of one name and kind, for the same events, with the same ways out."""
    before, after = old.definition["steps"][transfer.step], live.definition["steps"][transfer.there]
    if transfer.step != transfer.there or before["type"] != after["type"]:
        return False
    kind = STEP_KINDS[before["type"]]
    return kind.events(before) == kind.events(after) and kind.branches(before) == kind.branches(after)


def left(journey: Journey, moves: Sequence[Mapping[str, Any]]) -> bool:
    """Whether somebody still stands where they were to be moved from."""
    rows = Enrolment.objects.filter(journey=journey, ended_at=None)
    return any(rows.filter(version_id=move["version_id"], step=move["step"]).exists() for move in moves)


def done() -> None:
    """After the last of them: who is due goes on."""
    wake(hearing.LOOP)
