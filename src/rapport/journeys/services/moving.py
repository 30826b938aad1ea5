"""Takes people on from where they stand; one whose step fails holds up no other."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from rapport.core.clock import Clock
from rapport.core.jobs import delay
from rapport.journeys.models import Enrolment, Journey, JourneyVersion
from rapport.journeys.registry import Arrival, Effects, World
from rapport.journeys.services import engine, entering, store
from rapport.journeys.services.effects import LiveEffects
from rapport.journeys.services.engine import Move, StepFailed
from rapport.journeys.services.store import Standing
from rapport.journeys.services.world import LiveWorld

logger = logging.getLogger("rapport.journeys")
MOST_TRIES = 5
RESTING = dt.timedelta(days=1)


def move(journey: Journey, version: JourneyVersion, rows: Sequence[Enrolment], clock: Clock) -> None:
    """Moves these on. One whose step fails is put off with the reason, and holds up no other.

    Whose data must not be processed rests, and is looked at again a day later.
    """
    resting = entering.restricted(row.person_id for row in rows)
    if still := [row.pk for row in rows if row.person_id in resting]:
        Enrolment.objects.filter(pk__in=still).update(due_at=clock.now() + RESTING)
    _move(journey, version, [row for row in rows if row.person_id not in resting], clock)


def _move(journey: Journey, version: JourneyVersion, rows: Sequence[Enrolment], clock: Clock) -> None:
    if not rows:
        return
    try:
        with transaction.atomic():
            _move_all(journey, version, rows, clock)
    except (OperationalError, InterfaceError):
        raise  # says nothing of anybody on the journey
    except Exception as error:
        if len(rows) == 1:
            _put_off(journey, rows[0], error, clock)
            return
        half = len(rows) // 2
        _move(journey, version, rows[:half], clock)
        _move(journey, version, rows[half:], clock)


def _move_all(journey: Journey, version: JourneyVersion, rows: Sequence[Enrolment], clock: Clock) -> None:
    world, effects = LiveWorld(clock.now()), LiveEffects(journey, clock, version.definition)
    store.write(journey, version, moved(version.definition, rows, world, effects), clock)
    effects.write()


def moved(
    definition: Mapping[str, Any], rows: Sequence[Standing], world: World, effects: Effects
) -> list[Move]:
    """Where these, whose time has come, get to; live and in a replay. Raises StepFailed."""
    ended, going = _sorted_out(definition, rows, world)
    arrivals = [Arrival(store.position(row), is_due=row.is_waiting) for row in going]
    return [*ended, *engine.advance(definition, arrivals, world, effects)]


def _sorted_out(
    definition: Mapping[str, Any], rows: Sequence[Standing], world: World
) -> tuple[list[Move], list[Standing]]:
    """Who has to leave before the step is run, and who goes on."""
    reasons: dict[int, str] = {}
    late = definition.get("late")
    if late and late["then"] == "end":
        limit = world.now - dt.timedelta(hours=late["hours"])
        reasons |= {row.pk: "late" for row in rows if row.due_at is not None and row.due_at < limit}
    if definition.get("stay") and definition.get("audience"):
        persons = [row.person_id for row in rows]
        inside = entering.within(definition["audience"], persons, world)
        reasons |= {row.pk: "outside" for row in rows if row.person_id not in inside}
    ended = [Move(store.position(row), outcome=reasons[row.pk]) for row in rows if row.pk in reasons]
    return ended, [row for row in rows if row.pk not in reasons]


def _put_off(journey: Journey, row: Enrolment, error: Exception, clock: Clock) -> None:
    cause = error.__cause__ if isinstance(error, StepFailed) and error.__cause__ else error
    logger.warning("journey %s: step %s failed: %r", journey.pk, row.step, cause)
    attempts = row.attempts + 1
    again = None if attempts >= MOST_TRIES else clock.now() + delay(attempts)
    Enrolment.objects.filter(pk=row.pk).update(attempts=attempts, error=str(cause)[:500], due_at=again)
