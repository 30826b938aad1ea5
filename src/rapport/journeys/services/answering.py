"""Answers of programs, people and other journeys to a step that waits for one; taken in by the loop, once."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.journeys import queries
from rapport.journeys.models import Enrolment, StepAnswer
from rapport.journeys.registry import STEP_KINDS, Arrival
from rapport.journeys.services import engine, hearing, store
from rapport.journeys.services.world import LiveWorld

BATCH = 1_000
logger = logging.getLogger("rapport.journeys")


def note(
    enrolment_id: int, moves: int, branch: str, answer: Any = None, because: Mapping[str, Any] | None = None
) -> bool:
    """Somebody answered what was asked when the run had taken so many steps; in the caller's transaction.

    False, and nothing happens, if the run does not wait for it any more.
    """
    if not Enrolment.objects.filter(pk=enrolment_id, ended_at=None, moves=moves).exists():
        return False
    StepAnswer.objects.create(
        enrolment_id=enrolment_id, moves=moves, branch=branch, answer=answer, because=dict(because or {})
    )
    wake(hearing.LOOP)
    return True


@transaction.atomic
def answer(
    *, actor: Actor, enrolment_id: int, step: str, branch: str, answer: Any = None, clock: Clock = SYSTEM
) -> Enrolment:
    """A program answers the step at which somebody waits. Raises Http404, ValidationError where nobody waits there."""
    actor.require("journeys.enrol")
    row = queries.enrolment_for(actor, enrolment_id, lock=True)
    config = row.version.definition["steps"][row.step]
    kind = STEP_KINDS[config["type"]]
    is_asked = kind.is_answerable and row.is_waiting and not row.awaited
    if row.ended_at or row.step != step or not is_asked:
        raise ValidationError({"step": _("They do not wait for an answer there.")})
    if branch not in kind.branches(config):
        raise ValidationError({"branch": _("There is no such branch.")})
    note(row.pk, row.moves, branch, answer, {"by": actor.label})
    data = {"person": str(row.person_id), "step": step, "branch": branch}
    audit.record(
        actor=actor,
        action="journey.answered",
        object_type="journey",
        object_id=row.journey_id,
        data=data,
        clock=clock,
    )
    return row


@transaction.atomic
def run_once(clock: Clock) -> int:
    """Lets those go on who were answered; of paused journeys later. Returns how many answers were taken in."""
    open_ones = StepAnswer.objects.filter(
        enrolment__journey__paused_at=None, enrolment__journey__archived_at=None
    )
    answers = claim_rows(open_ones.order_by("pk"), limit=BATCH)
    if not answers:
        return 0
    ids = {row.enrolment_id for row in answers}
    rows = Enrolment.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids).order_by("pk")
    standing = {row.pk: row for row in rows.select_related("journey", "version")}
    by_version: dict[int, list[tuple[Enrolment, StepAnswer]]] = {}
    for given in answers:
        row = standing.pop(given.enrolment_id, None)
        if row is None or row.ended_at or row.moves != given.moves or not row.is_waiting:
            continue
        by_version.setdefault(row.version_id, []).append((row, given))
    for together in by_version.values():
        _take(together, clock)
    StepAnswer.objects.filter(pk__in=[row.pk for row in answers]).delete()
    return len(answers)


def _take(together: Sequence[tuple[Enrolment, StepAnswer]], clock: Clock) -> None:
    """Of one version. One that cannot be taken in is left out and holds up no other; its step waits for its time."""
    try:
        with transaction.atomic():
            _go_on(together, clock)
    except (OperationalError, InterfaceError):
        raise  # says nothing of the answers, which go on waiting
    except Exception:
        if len(together) == 1:
            logger.exception("journeys could not take an answer of enrolment %s", together[0][0].pk)
            return
        half = len(together) // 2
        _take(together[:half], clock)
        _take(together[half:], clock)


def _go_on(together: Sequence[tuple[Enrolment, StepAnswer]], clock: Clock) -> None:
    first, world = together[0][0], LiveWorld(clock.now())
    world.traits([row.person_id for row, _given in together])
    moves = []
    for row, given in together:
        reply = {"branch": given.branch, "answer": given.answer, "because": given.because}
        arrival = Arrival(store.position(row), event={"event": "", "properties": {}, "reply": reply})
        moves.append(engine.resume(first.version.definition, arrival, world))
    store.write(first.journey, first.version, moves, clock)
