"""Reads of journeys, of who is on them, and of why somebody is not."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.access import Actor
from rapport.journeys.models import (
    Enrolment,
    Journey,
    JourneyTask,
    JourneyVersion,
    Passage,
    Replay,
    ReplaySample,
    StepStanding,
    StepTally,
)
from rapport.people.queries import people, sees_everybody


def journeys(actor: Actor) -> QuerySet[Journey]:
    """Journeys the actor may see, without the archived, with `standing`: how many are on it."""
    if not actor.may("journeys.view"):
        return Journey.objects.none()
    return with_figures(Journey.objects.filter(archived_at=None))


def with_figures(rows: QuerySet[Journey]) -> QuerySet[Journey]:
    counted = (
        StepStanding.objects.filter(journey=OuterRef("pk"))
        .order_by()
        .values("journey")
        .annotate(n=Sum("change"))
        .values("n")
    )
    return rows.annotate(standing=Coalesce(Subquery(counted), 0)).select_related("live")


def journey_for(actor: Actor, journey_id: uuid.UUID, *, lock: bool = False) -> Journey:
    """One journey, archived ones too. Raises Http404."""
    if not actor.may("journeys.view"):
        raise Http404("no such journey")
    rows = Journey.objects.all()
    rows = rows.select_for_update(no_key=True, of=("self",)) if lock else rows
    journey = rows.select_related("live").filter(pk=journey_id).first()
    if journey is None:
        raise Http404("no such journey")
    return journey


def enrolments(actor: Actor, journey: Journey) -> QuerySet[Enrolment]:
    """Who is or was on the journey, of those whom the actor may see; newest first."""
    rows = Enrolment.objects.filter(journey=journey)
    if not sees_everybody(actor):
        rows = rows.filter(person__in=people(actor))
    return rows.select_related("person", "version").order_by("-entered_at", "pk")


def enrolment_for(actor: Actor, enrolment_id: int, *, lock: bool = False) -> Enrolment:
    """Raises Http404."""
    if not actor.may("journeys.view"):
        raise Http404("no such enrolment")
    rows = Enrolment.objects.select_related("journey", "version", "person")
    if lock:
        rows = rows.select_for_update(no_key=True, of=("self",))
    row = rows.filter(pk=enrolment_id).first()
    if row is None or (not sees_everybody(actor) and not people(actor).filter(pk=row.person_id).exists()):
        raise Http404("no such enrolment")
    return row


def enrolments_of(person_ids: list[uuid.UUID]) -> QuerySet[Enrolment]:
    """A person's runs, those that go on first."""
    rows = Enrolment.objects.filter(person_id__in=person_ids).select_related("journey", "version")
    return rows.order_by("ended_at", "-entered_at", "pk")


def others_for(actor: Actor, journey_ids: list[uuid.UUID]) -> list[Journey]:
    """Some live journeys beside these, to ask why somebody is not on them."""
    rows = journeys(actor).filter(live__isnull=False, paused_at=None).exclude(pk__in=journey_ids)
    return list(rows.order_by("name", "pk")[:20])


def passages(row: Enrolment) -> QuerySet[Passage]:
    return row.passages.order_by("pk")


def standing_by_step(journey: Journey) -> dict[str, int]:
    """{step: how many stand there}, over all versions."""
    rows = StepStanding.objects.filter(journey=journey).order_by()
    counted = rows.values_list("step").annotate(n=Sum("change"))
    return {step: n for step, n in counted if n > 0}


def standing_by_version(journey: Journey) -> list[tuple[JourneyVersion, dict[str, int]]]:
    """[(version, {step: how many stand there})] of versions that somebody is on, oldest first."""
    rows = StepStanding.objects.filter(journey=journey).order_by()
    standing: dict[int, dict[str, int]] = {}
    for version, step, n in rows.values_list("version", "step").annotate(n=Sum("change")):
        if n > 0:
            standing.setdefault(version, {})[step] = n
    versions = journey.versions.filter(pk__in=standing).order_by("number")
    return [(version, standing[version.pk]) for version in versions]


def published_steps(journey: Journey) -> set[str]:
    """Names of the steps of all versions: somebody may stand there."""
    read = "SELECT DISTINCT jsonb_object_keys(definition->'steps') FROM journeys_journeyversion WHERE journey_id = %b"
    return {name for (name,) in sql.run(read, [journey.pk])}


def figures(journey: Journey) -> dict[str, int]:
    """{"entered", "standing", "failing", outcome: count}"""
    rows = StepTally.objects.filter(~Q(outcome=""), ~Q(outcome="reached"), journey=journey).order_by()
    failing = Enrolment.objects.filter(journey=journey, ended_at=None).exclude(error="").count()
    standing = sum(standing_by_step(journey).values())
    counted = dict(rows.values_list("outcome").annotate(n=Sum("count")))
    return {"entered": 0, **counted, "standing": standing, "failing": failing}


def replays(journey: Journey) -> QuerySet[Replay]:
    """Newest first."""
    return (
        Replay.objects.filter(journey=journey).select_related("job", "journey").order_by("-created_at", "pk")
    )


def replay_for(actor: Actor, journey: Journey, replay_id: uuid.UUID) -> Replay:
    """Raises Http404."""
    row = replays(journey).filter(pk=replay_id).first() if actor.may("journeys.view") else None
    if row is None:
        raise Http404("no such replay")
    return row


def samples_of(actor: Actor, replay: Replay) -> QuerySet[ReplaySample]:
    """The people it names, of those whom the actor may see."""
    rows = replay.samples.select_related("person")
    return rows.filter(person__in=people(actor)).order_by("pk")


def assumption_words(entry: dict[str, str]) -> str:
    """What a replay assumed, as `services.replaying.replays` notes it."""
    words: dict[str, Any] = {
        "as_told": _("Each event counts as told at the moment it happened."),
        "settings_now": _("Addresses, caps, quiet hours and what stops marketing are as they are now."),
        "by_hand": _("No event says who comes in; those come who came in reality."),
        "segment": _("Of the segment “%(segment)s” nothing is known before %(at)s."),
        "answer": _("At “%(step)s” the answer is assumed: nothing is done, and nobody is asked."),
    }
    given = {
        "segment": entry.get("segment", ""),
        "step": entry.get("step", ""),
        "at": entry.get("at", "")[:10],
    }
    return str(words[entry["kind"]]) % given


def tasks(actor: Actor) -> QuerySet[JourneyTask]:
    """Tasks of the actor and of nobody in particular; all of them for who may put people on journeys."""
    rows = JourneyTask.objects.select_related("journey", "person", "assignee").order_by("-created_at", "pk")
    if not actor.may("journeys.view"):
        return rows.none()
    if not actor.may("journeys.enrol"):
        rows = rows.filter(assignee_id=actor.user_id) if actor.user_id else rows.none()
    return rows if sees_everybody(actor) else rows.filter(person__in=people(actor))


def refusal_words(reason: str) -> str:
    """Why somebody was not let in."""
    words: dict[str, Any] = {
        "not_live": _("The journey is not live."),
        "on_it": _("They are on it now."),
        "again": _("They have been on it before, and the journey lets nobody in twice."),
        "too_soon": _("They have been on it too short a time ago."),
        "audience": _("They are not in the audience of the journey."),
        "endless": _("They have come in too often within an hour."),
        "restricted": _("Their data must not be processed for now."),
        "where": _("The condition of the trigger did not hold."),
        "late": _("It was told more than a day after it happened."),
        "holdout": _("They were held back, so that the effect shows."),
        "no_event": _("What lets people in has not happened."),
        "entered": _("They came in."),
        "unknown": _("No rule kept them out, as far as is known now."),
    }
    return str(words.get(reason, _("There is no such person.")))
