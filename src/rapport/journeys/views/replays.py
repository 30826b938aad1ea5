"""The page on which a journey is tried over past events, and one person is walked through."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rapport.core import jobs
from rapport.core.access import Actor, actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.journeys import queries
from rapport.journeys.masks import Masks
from rapport.journeys.models import Journey, Replay
from rapport.journeys.replay_forms import ReplayForm, WalkForm, which_of
from rapport.journeys.services import holdout_effect
from rapport.journeys.services.definitions import InvalidDefinition
from rapport.journeys.services.replaying import replays, walking, why_not
from rapport.journeys.services.replaying.reading import Span
from rapport.journeys.views import replay_shown
from rapport.journeys.views.tabs import tabs
from rapport.people import queries as people

SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@page("journeys.view")
def try_it(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """The form, the replay under way or the one chosen, and somebody's walk."""
    actor, clock = actor_of(request), clock_of(request)
    row = queries.journey_for(actor, journey_id)
    form = ReplayForm(row, clock.now(), request.POST or None)
    if request.method == "POST":
        actor.require(replays.PERMISSION)
        if "cancel" in request.POST:
            return _cancel(request, actor, row)
        if form.is_valid() and _ordered(request, actor, row, form):
            return redirect("journeys:try", row.pk)
    latest = list(queries.replays(row)[:SHOWN])
    chosen = _chosen(actor, row, latest, request.GET.get("replay", ""))
    context = {
        "journey": row,
        "tabs": tabs(actor, row, "try"),
        "form": form,
        "replays": latest,
        "may_try": actor.may(replays.PERMISSION),
        "effect": replay_shown.effect(holdout_effect.effect(row)),
        **_replay(actor, chosen),
        **_walk(request, actor, row),
    }
    return render(request, "journeys/replay/try.html", context, status=422 if form.errors else 200)


@require_safe
@page("journeys.view")
def progress(request: HttpRequest, journey_id: uuid.UUID, replay_id: uuid.UUID) -> HttpResponse:
    """How far a replay is; once it has ended the page is loaded again."""
    actor = actor_of(request)
    row = queries.replay_for(actor, queries.journey_for(actor, journey_id), replay_id)
    answer = render(request, "journeys/replay/progress.html", _progress(row))
    if row.job is None or not row.job.is_live:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _ordered(request: HttpRequest, actor: Actor, row: Journey, form: ReplayForm) -> bool:
    against = form.cleaned_data["against"]
    try:
        replays.order(
            actor=actor,
            journey_id=row.pk,
            span=form.span,
            version=which_of(form.cleaned_data["version"]),
            against=which_of(against) if against else None,
            clock=clock_of(request),
        )
    except InvalidDefinition as error:
        words = _("The draft cannot be tried before it is right: %(why)s")
        form.add_error("version", words % {"why": error.problems[0].message})
    except ValidationError as error:
        form.add_error(None, error.messages[0])
    return not form.errors


def _cancel(request: HttpRequest, actor: Actor, row: Journey) -> HttpResponse:
    replay = queries.replays(row).first()
    try:
        if replay and replay.job:
            jobs.cancel(actor=actor, job=replay.job)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    return redirect("journeys:try", row.pk)


def _chosen(actor: Actor, row: Journey, latest: list[Replay], wanted: str) -> Replay | None:
    if not wanted:
        return latest[0] if latest else None
    try:
        return queries.replay_for(actor, row, uuid.UUID(wanted))
    except ValueError as error:
        raise Http404("no such replay") from error


def _progress(replay: Replay) -> dict[str, Any]:
    job = replay.job
    is_live = job is not None and job.is_live
    poll = reverse("journeys:try-progress", args=[replay.journey_id, replay.pk]) if is_live else ""
    return {"replay": replay, "job": job, "is_live": is_live, "poll_url": poll}


def _replay(actor: Actor, replay: Replay | None) -> dict[str, Any]:
    if replay is None:
        return {}
    context = _progress(replay)
    if not replay.result:
        return context
    outcome = replay_shown.shown(replay, replay.result, replay.definition)
    people_shown = replay_shown.samples(list(queries.samples_of(actor, replay)))
    pairs = replay_shown.compared(replay) if replay.against is not None else []
    return {**context, "outcome": outcome, "samples": people_shown, "compared": pairs}


def _walk(request: HttpRequest, actor: Actor, row: Journey) -> dict[str, Any]:
    """Somebody's moments, with the one that is looked at, and why they did not enter in reality."""
    form = WalkForm(row, request.GET if "who" in request.GET else None)
    context: dict[str, Any] = {"walk_form": form}
    if not form.is_bound or not form.is_valid():
        return context
    given, now = form.cleaned_data, clock_of(request).now()
    who = given["who"].strip()
    try:
        person = people.find(actor, f"email:{who}") if "@" in who else people.person_for(actor, who)
    except Http404:
        person = None
    if person is None:
        form.add_error("who", _("Nobody is found by that."))
        return context
    try:
        _number, definition = replays.definition_of(row, which_of(given["version"]))
    except (InvalidDefinition, ValidationError):
        form.add_error("version", _("The draft cannot be tried before it is right."))
        return context
    span = Span(now - dt.timedelta(days=given["days"]), now)
    masks, moments = Masks(actor), walking.walk(row, definition, person.pk, span, now=now)
    at = request.GET.get("at", "")
    place = max(0, min(int(at) if at.isdigit() and len(at) < 6 else 0, len(moments) - 1))
    query = request.GET.copy()
    query.pop("at", None)
    return {
        **context,
        "walked": person,
        "moments": moments,
        "place": place,
        "moment": replay_shown.moment(moments[place], masks, definition["trigger"]) if moments else None,
        "before": place - 1 if place else None,
        "after": place + 1 if place + 1 < len(moments) else None,
        "walk_query": query.urlencode(),
        "chances": [
            (masks.document(asdict(entry), definition["trigger"]), queries.refusal_words(entry.reason))
            for entry in why_not.history(row, person.pk, span)
        ],
    }
