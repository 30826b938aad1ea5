"""The loop of journeys: what was heard, then whose time has come, journey by journey."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, transaction

from rapport.core.clock import SYSTEM, Clock
from rapport.journeys.models import Enrolment, Journey, JourneyVersion
from rapport.journeys.services import answering, hearing, held, intakes, locking, moving, store, timetables

BATCH = 2_000
# First those who came alone.
BULK = (False, True)
BEFORE_TIMERS = (hearing.run_once, answering.run_once, timetables.run_once, intakes.run_once)
logger = logging.getLogger("rapport.journeys")


def run_once(clock: Clock = SYSTEM) -> int:
    """One round; returns how much there was to do. Each journey gets its turn, whatever waits in others."""
    if held.waits(clock.now()):
        return 0
    done = sum(_guarded(part, clock) for part in BEFORE_TIMERS)
    for journey in store.with_due(clock.now()):
        done += sum(_turn(journey, is_bulk, clock) for is_bulk in BULK)
    return done


def _guarded(part: Callable[[Clock], int], clock: Clock) -> int:
    """What fails here is tried again in the next round; nobody's time waits for it."""
    try:
        return part(clock)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("a part of the loop of journeys failed: %s", part.__module__)
        return 0


@transaction.atomic
def _turn(journey: Journey, is_bulk: bool, clock: Clock) -> int:
    rows = store.claim(journey, is_bulk, clock.now(), BATCH)
    by_version: dict[int, list[Enrolment]] = {}
    for row in rows:
        by_version.setdefault(row.version_id, []).append(row)
    versions = JourneyVersion.objects.in_bulk(list(by_version))
    done = 0
    for version_id, standing in by_version.items():
        together = locking.free(versions[version_id].definition, standing)
        done += len(together)
        if together:
            moving.move(journey, versions[version_id], together, clock)
    return done
