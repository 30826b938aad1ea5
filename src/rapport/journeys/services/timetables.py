"""Journeys that start by dates and by the calendar: looked at when their time has come, a moment at most twice seen.

A date counts by the clock of the person. Who was born on 29 February is greeted on the 28th in other years. People are
looked through every quarter of an hour; a moment that passed while the journey was paused, or more than a day ago,
lets nobody in.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left, Substr

from rapport.core.clock import Clock
from rapport.core.jobs import claim_rows
from rapport.core.queries import workspace
from rapport.journeys.models import Intake, Journey, JourneyVersion, Timetable
from rapport.journeys.services import entering, intakes, triggers
from rapport.journeys.services.entering import Entrant
from rapport.journeys.services.world import LiveWorld
from rapport.messaging.services.quiet import moment_of
from rapport.messaging.services.recurrence import Recurrence
from rapport.people.models import Person
from rapport.segments.models import Segment

logger = logging.getLogger(__name__)
LOOK_EVERY = dt.timedelta(minutes=15)
LATEST = dt.timedelta(days=1)
BATCH = 5_000
logger = logging.getLogger("rapport.journeys")
DAY = dt.timedelta(days=1)


def plan(journey: Journey, before: JourneyVersion | None, now: dt.datetime) -> None:
    """Of the version that goes live. If people come in as `before`, nobody whose moment has just come is left out."""
    assert journey.live is not None
    trigger = journey.live.definition["trigger"]
    if before is not None and before.definition["trigger"] == trigger:
        return
    Timetable.objects.filter(journey=journey).delete()
    if trigger["type"] in triggers.TIMED:
        Timetable.objects.create(journey=journey, looked_until=now, due_at=_next(trigger, now))


@transaction.atomic
def run_once(clock: Clock) -> int:
    """Lets in those whose moment has come; returns how many journeys were looked at. One that fails is tried later."""
    rows = claim_rows(Timetable.objects.filter(due_at__lte=clock.now()).order_by("due_at"), limit=20)
    for row in rows:
        try:
            with transaction.atomic():
                _look(row, clock)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("journey %s could not be looked at for its dates", row.journey_id)
            Timetable.objects.filter(pk=row.pk).update(due_at=clock.now() + LOOK_EVERY)
    return len(rows)


def _look(row: Timetable, clock: Clock) -> None:
    now = clock.now()
    journey = Journey.objects.select_related("live").get(pk=row.journey_id)
    if journey.live is None:
        row.delete()
        return
    trigger = journey.live.definition["trigger"]
    if not journey.paused_at and not journey.archived_at:
        since = max(row.looked_until, now - LATEST)
        if trigger["type"] == "date":
            _by_date(journey, trigger, since, now, clock)
        else:
            _by_calendar(journey, trigger, since, now)
    row.looked_until, row.due_at = now, _next(trigger, now)
    row.save(update_fields=["looked_until", "due_at"])


def _next(trigger: Mapping[str, Any], now: dt.datetime) -> dt.datetime:
    if trigger["type"] == "date":
        return now + LOOK_EVERY
    return next(recurrence(trigger).after(now), now + dt.timedelta(days=366))


def recurrence(trigger: Mapping[str, Any]) -> Recurrence:
    """When a schedule comes round, by the clock of the business."""
    starts = trigger.get("starts")
    return Recurrence(
        trigger["unit"],
        dt.time.fromisoformat(trigger["time"]),
        ZoneInfo(workspace().time_zone),
        dt.date.fromisoformat(starts) if starts else dt.date(2024, 1, 1),
        trigger.get("every", 1),
        tuple(trigger.get("weekdays", ())),
        trigger.get("month_day", 1),
    )


def _by_calendar(journey: Journey, trigger: Mapping[str, Any], since: dt.datetime, now: dt.datetime) -> None:
    """Of times that were missed, the last."""
    times: list[dt.datetime] = []
    for at in recurrence(trigger).after(since):
        if at > now:
            break
        times.append(at)
    segment = Segment.objects.filter(key=trigger["segment"], archived_at=None).first()
    if times and segment is not None:
        intakes.begin(
            journey,
            segment,
            key=times[-1].isoformat(),
            per_hour=trigger.get("per_hour"),
            by="schedule",
            now=now,
        )


def _by_date(
    journey: Journey, trigger: Mapping[str, Any], since: dt.datetime, now: dt.datetime, clock: Clock
) -> None:
    version = journey.live
    assert version is not None
    rows = _dated(trigger, since, now)
    for start in range(0, len(rows), BATCH):
        world, chunk = LiveWorld(now), rows[start : start + BATCH]
        world.traits([person for person, _date in chunk])
        entrants = [
            Entrant(
                person,
                day.isoformat(),
                {"event": "", "at": moment.isoformat(), "properties": {"date": day.isoformat()}},
            )
            for person, given in chunk
            for day, moment in moments(trigger, given, world.zone(person), since, now)
        ]
        if entrants:
            entering.enter(journey, version, entrants, world, clock, is_bulk=True)


def _dated(
    trigger: Mapping[str, Any], since: dt.datetime, now: dt.datetime
) -> Sequence[tuple[uuid.UUID, str]]:
    """{person: their date} of those whose moment may lie between the two, wherever they live."""
    offset = dt.timedelta(days=trigger.get("offset", 0))
    first, last = (since - offset - DAY).date(), (now - offset + DAY).date()
    days = [first + DAY * number for number in range((last - first).days + 1)]
    wanted = {day.isoformat() for day in days}
    if triggers.is_yearly(trigger):
        wanted = {text[5:] for text in wanted}
        if "02-28" in wanted:
            wanted.add("02-29")
    # A trait is a date, or begins with one.
    place = (6, 5) if triggers.is_yearly(trigger) else (1, 10)
    dated = Person.objects.filter(merged_into=None, erased_at=None).annotate(
        given=Left(KeyTextTransform(trigger["trait"], "traits"), 10)
    )
    rows = dated.annotate(part=Substr("given", *place)).filter(part__in=sorted(wanted)).order_by("pk")
    return list(rows.values_list("pk", "given"))


def moments(
    trigger: Mapping[str, Any], given: str, zone: ZoneInfo, since: dt.datetime, now: dt.datetime
) -> Iterator[tuple[dt.date, dt.datetime]]:
    """(the date or its anniversary, the moment by their clock) later than `since` and not later than `now`."""
    try:
        date = dt.date.fromisoformat(given)
    except ValueError:
        return
    offset, at = dt.timedelta(days=trigger.get("offset", 0)), dt.time.fromisoformat(trigger["time"])
    years = range((since - offset).year - 1, (now - offset).year + 2)
    days = (
        [anniversary(date, year) for year in years if year > date.year]
        if triggers.is_yearly(trigger)
        else [date]
    )
    for day in days:
        moment = moment_of(dt.datetime.combine(day + offset, at), zone)
        if since < moment <= now:
            yield day, moment


def anniversary(date: dt.date, year: int) -> dt.date:
    """The day of a year; of 29 February the 28th where there is none."""
    if (date.month, date.day) == (2, 29) and not _is_leap(year):
        return dt.date(year, 2, 28)
    return date.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def running(journey: Journey) -> list[Intake]:
    """The crowds of a journey, newest first."""
    return list(journey.intakes.select_related("segment").order_by("-started_at", "id")[:20])
