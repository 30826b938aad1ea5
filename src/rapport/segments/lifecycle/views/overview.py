"""Where everybody stands, how that moves, and the panel on a profile."""

from __future__ import annotations

import datetime as dt
import uuid

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.views.pages import page
from rapport.people.queries import person_for
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.views import showing

RANGES = (7, 30, 90, 365)


@require_safe
@page("segments.view")
def overview(request: HttpRequest) -> HttpResponseBase:
    """How many stand where now and each day, and who went from where to where."""
    lifecycle, stages = queries.lifecycle(), queries.stages()
    if lifecycle is None or lifecycle.stopped_at:
        return redirect("lifecycle:edit")
    given = request.GET.get("days", "")
    days = int(given) if given.isdigit() and int(given) in RANGES else 30
    since = clock_of(request).now() - dt.timedelta(days=days)
    moved = queries.movements(since)
    context = {
        "lifecycle": lifecycle,
        "rows": showing.rows(stages, queries.sizes())[::-1],
        "chart": showing.over_time(stages, queries.days(since.date())),
        "moves": showing.moves(moved, queries.names()),
        "matrix": showing.matrix(moved, stages),
        "ranges": [(length, length == days) for length in RANGES],
        "days": days,
    }
    return render(request, "segments/lifecycle/overview.html", context)


@require_safe
@page("segments.view")
def status(request: HttpRequest) -> HttpResponseBase:
    """The progress of looking at everybody, renewed until it is done."""
    lifecycle = queries.lifecycle()
    done = queries.computed_so_far(lifecycle) if lifecycle else 0
    response = render(request, "segments/lifecycle/status.html", {"lifecycle": lifecycle, "done": done})
    if lifecycle is None or lifecycle.requested_at is None:
        response.headers["HX-Refresh"] = "true"
    return response


@require_safe
@page("segments.view")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """The profile's panel: the stage, since when, and those before."""
    subject = person_for(actor_of(request), person_id)
    stages = {stage.key: stage for stage in queries.stages()}
    key = subject.traits.get(STAGE_TRAIT) if queries.in_use() else None
    context = {
        "person": subject,
        "in_use": queries.in_use(),
        "stage": stages.get(str(key)),
        "history": [
            (change, stages.get(change.stage), stages.get(change.previous))
            for change in queries.history(subject.pk)
        ],
    }
    return render(request, "segments/lifecycle/person.html", context)
