"""Why somebody did not enter a journey: every event that might have let them in, and the rule that refused."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.core.models import AuditEntry
from rapport.journeys.models import Enrolment, Journey, JourneyVersion
from rapport.journeys.services import entering, happenings
from rapport.journeys.services.happenings import Happening
from rapport.journeys.services.replaying import reading
from rapport.journeys.services.replaying.past import PastWorld
from rapport.journeys.services.replaying.reading import Span
from rapport.journeys.services.replaying.rehearsing import world_of
from rapport.people.queries import families

_PAUSES = {
    "journey.paused": True,
    "journey.archived": True,
    "journey.resumed": False,
    "journey.unarchived": False,
}
# Somebody who came in did so at most so long after the event happened: later ones are refused.
SLACK = dt.timedelta(days=1, minutes=5)


@dataclass(frozen=True, slots=True)
class Chance:
    """An event that might have let somebody in: when, and what became of it. `enrolment` is the run if they came in."""

    at: dt.datetime
    event: str
    key: str
    reason: str
    because: Mapping[str, Any]
    enrolment: int | None = None


def history(journey: Journey, person_id: uuid.UUID, span: Span) -> list[Chance]:
    """Oldest first; asked of the version that was live at the time, before the first of that."""
    versions = list(journey.versions.order_by("published_at", "pk"))
    if not versions:
        return []
    family = families([person_id]).get(person_id, [person_id])
    definitions = [version.definition for version in versions]
    events = reading.happenings_of(journey, [person_id], definitions, span).get(person_id, [])
    runs = list(Enrolment.objects.filter(journey=journey, person_id__in=family).order_by("entered_at", "pk"))
    closed, chances = _closed(journey), []
    worlds: dict[int, PastWorld] = {}
    for event in events:
        version = _version_at(versions, event.at)
        trigger = version.definition["trigger"]
        if not happenings.opens(trigger, event):
            continue
        if version.pk not in worlds:
            worlds[version.pk] = world_of(journey, version.definition, [person_id], span)
        world = worlds[version.pk]
        world.now = event.at
        is_live = event.at >= versions[0].published_at and not _is_closed(closed, event.at)
        chances.append(_chance(version, event, runs, world, is_live))
    return chances


def _chance(
    version: JourneyVersion, event: Happening, runs: Sequence[Enrolment], world: PastWorld, is_live: bool
) -> Chance:
    trigger, definition = version.definition["trigger"], version.definition
    key = happenings.key_of(trigger, event)
    of_key = [run for run in runs if run.key == key]
    reason, because = "", {}
    if came := next((run for run in of_key if _led_to(event, run)), None):
        is_held = came.outcome == Enrolment.Outcome.HOLDOUT
        return Chance(event.at, event.event, key, "holdout" if is_held else "entered", {}, came.pk)
    before = [run for run in of_key if run.entered_at < event.at]
    last = max((run.entered_at for run in before), default=None)
    audience = definition.get("audience")
    if not is_live:
        reason = "not_live"
    elif not happenings.fits(trigger, event, {}, world):
        reason, because = "where", happenings.evidence_of(trigger["where"], event, world)
    elif any(run.ended_at is None or run.ended_at > event.at for run in before):
        reason = "on_it"
    elif reason := entering.again(definition.get("entry", {}), last, event.at):
        because = {"entered_at": last.isoformat()} if last else {}
    elif audience and event.person_id not in entering.within(audience, [event.person_id], world):
        reason, because = "audience", happenings.evidence_of(audience, event, world)
    return Chance(event.at, event.event, key, reason or "unknown", because)


def _led_to(event: Happening, run: Enrolment) -> bool:
    trigger = run.data.get("trigger", {})
    return (
        trigger.get("event") == event.event
        and trigger.get("at", "")[:23] == event.at.isoformat()[:23]
        and event.at - SLACK < run.entered_at < event.at + SLACK
    )


def _version_at(versions: Sequence[JourneyVersion], at: dt.datetime) -> JourneyVersion:
    return [versions[0], *(version for version in versions if version.published_at <= at)][-1]


def _closed(journey: Journey) -> list[tuple[dt.datetime, str, bool]]:
    """When it was paused, archived and opened again, as the audit log says."""
    rows = AuditEntry.objects.filter(
        object_type="journey", object_id=str(journey.pk), action__in=list(_PAUSES)
    )
    return [
        (at, action, _PAUSES[action]) for at, action in rows.order_by("at", "pk").values_list("at", "action")
    ]


def _is_closed(changes: Sequence[tuple[dt.datetime, str, bool]], at: dt.datetime) -> bool:
    state: dict[str, bool] = {}
    for moment, action, is_closed in changes:
        if moment <= at:
            state["archived" if "archived" in action else "paused"] = is_closed
    return any(state.values())
