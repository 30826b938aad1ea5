"""Replays are ordered, run as a job over some thousands of people at a time, and kept for a while."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.journeys import queries
from rapport.journeys.models import Journey, Replay
from rapport.journeys.services import definitions
from rapport.journeys.services.definitions import Definition
from rapport.journeys.services.replaying import collisions, reading
from rapport.journeys.services.replaying.reading import Span
from rapport.journeys.services.replaying.rehearsing import Rehearsed, rehearse
from rapport.journeys.services.replaying.sampling import Samples
from rapport.journeys.services.replaying.tallying import Difference, Tally
from rapport.messaging.queries.opt_outs import opt_out_rate

KIND, PERMISSION = "journeys.replay", "journeys.edit"
LONGEST = dt.timedelta(days=400)
OPT_OUTS = dt.timedelta(days=90)  # over which the rate of opt-outs is looked at
Which = int | Literal["draft"]


@transaction.atomic
def order(
    *,
    actor: Actor,
    journey_id: uuid.UUID,
    span: Span,
    version: Which = "draft",
    against: Which | None = None,
    clock: Clock = SYSTEM,
) -> Replay:
    """Has a definition tried over the events of a span. Raises Http404, InvalidDefinition, ValidationError."""
    actor.require(PERMISSION)
    journey = queries.journey_for(actor, journey_id)
    if not dt.timedelta(0) < span.until - span.since <= LONGEST:
        raise ValidationError({"until": _("It ends after it begins, and at most 400 days later.")})
    replay = Replay(
        journey=journey, since=span.since, until=span.until, created_at=clock.now(), created_by=actor.label
    )
    replay.version, replay.definition = definition_of(journey, version, "version")
    if against is not None:
        replay.against_version, replay.against = definition_of(journey, against, "against")
    payload, key = {"replay": str(replay.pk), "journey": str(journey.pk)}, f"{KIND}:{journey.pk}"
    try:
        replay.job = jobs.enqueue(actor=actor, kind=KIND, payload=payload, unique_key=key, clock=clock)
    except jobs.AlreadyQueued as error:
        raise ValidationError(_("A replay of this journey is under way.")) from error
    replay.save(force_insert=True)
    days = {"since": span.since.isoformat(), "until": span.until.isoformat()}
    audit.record(
        actor=actor,
        action="journey.replayed",
        object_type="journey",
        object_id=journey.pk,
        data=days,
        clock=clock,
    )
    return replay


def definition_of(journey: Journey, which: Which, field: str = "version") -> tuple[int | None, Definition]:
    """A version's number and definition, or (None, the draft). Raises InvalidDefinition, ValidationError."""
    if which == "draft":
        return None, definitions.checked(journey.draft)
    row = journey.versions.filter(number=which).first()
    if row is None:
        raise ValidationError({field: _("There is no version %(number)s.") % {"number": which}})
    return row.number, row.definition


@dataclass(slots=True)
class _Side:
    """One of the two definitions, and what is counted of it."""

    definition: Definition
    tally: Tally
    beside: Counter[uuid.UUID] = field(default_factory=Counter)
    begins: dict[str, dt.datetime] = field(default_factory=dict)
    assumed: set[str] = field(default_factory=set)


def run(job: jobs.RunningJob) -> dict[str, Any]:
    """The job: all of them, or none; tried again, it begins anew."""
    replay = Replay.objects.select_related("journey").filter(pk=job.payload["replay"]).first()
    if replay is None:
        raise jobs.JobFailed(_("The journey is gone."))
    samples, difference = Samples(), Difference()
    sides = counted(replay, samples, difference, job)
    with transaction.atomic():
        replay.samples.all().delete()
        samples.write(replay)
        replay.result = _result(replay, sides, difference, job.clock.now())
        replay.save(update_fields=["result"])
    return {"entered": sides[0].tally.entered}


def counted(
    replay: Replay, samples: Samples, difference: Difference, job: jobs.RunningJob | None
) -> list[_Side]:
    """Everybody whom either definition might let in, chunk by chunk."""
    zone = ZoneInfo(workspace().time_zone)
    wanted = [replay.definition] + ([replay.against] if replay.against is not None else [])
    sides = [_Side(definition, Tally(zone)) for definition in wanted]
    span, done = Span(replay.since, replay.until), 0
    persons = reading.entrants(replay.journey, wanted, span)
    for chunk in reading.chunks(persons):
        for walked in _walked(replay, chunk, sides, span, job.clock if job else SYSTEM):
            here, there = walked[0], walked[1] if len(walked) > 1 else None
            is_other = there is not None and difference.add(here.walk, there.walk)
            samples.add(here, there, is_other)
        done += len(chunk)
        if job is not None:
            job.step(done=done, total=len(persons))
    return sides


def _walked(
    replay: Replay, chunk: Sequence[uuid.UUID], sides: Sequence[_Side], span: Span, clock: Clock
) -> Iterator[tuple[Rehearsed, ...]]:
    """The same person under sides_walked definition."""
    journey = replay.journey
    events = reading.happenings_of(journey, chunk, [side.definition for side in sides], span)
    earlier = reading.earlier(journey, chunk, span.since)
    others = collisions.stays(journey, chunk, span.since, span.until)
    sides_walked: list[list[Rehearsed]] = []
    for side in sides:
        rehearsed, world = rehearse(journey, side.definition, events, earlier, span, clock.now())
        side.begins |= {key: at for key, at in world.begins.items() if at > span.since}
        for entry in rehearsed:
            side.tally.add(entry.walk, entry.sent)
            side.assumed |= entry.walk.assumed
            side.beside.update(collisions.beside(entry.walk, others.get(entry.walk.person_id, ())))
        sides_walked.append(rehearsed)
    return iter(zip(*sides_walked, strict=True))


def _result(
    replay: Replay, sides: Sequence[_Side], difference: Difference, now: dt.datetime
) -> dict[str, Any]:
    rate = opt_out_rate(now - OPT_OUTS)
    shown = [_shown(replay.journey, side, rate) for side in sides]
    compared = {"against": shown[1], "difference": difference.shown()} if len(shown) > 1 else {}
    return {**shown[0], **compared}


def _shown(journey: Journey, side: _Side, rate: float | None) -> dict[str, Any]:
    counted_side = side.tally.shown()
    return {
        **counted_side,
        "expected_opt_outs": None if rate is None else round(rate * counted_side["sent"], 1),
        "collisions": collisions.shown(journey, side.definition, side.beside, side.tally.near),
        "assumptions": _assumptions(side),
    }


def _assumptions(side: _Side) -> list[dict[str, str]]:
    """What was not known and therefore assumed: {"kind", …}, said in words by `queries.assumption_words`."""
    rows = [{"kind": "as_told"}, {"kind": "settings_now"}]
    if not reading.is_heard(side.definition["trigger"]):
        rows.append({"kind": "by_hand"})
    rows += [
        {"kind": "segment", "segment": key, "at": at.isoformat()} for key, at in sorted(side.begins.items())
    ]
    return [*rows, *({"kind": "answer", "step": step} for step in sorted(side.assumed))]
