"""Publishing with a review: what changes, who is on earlier versions, and what becomes of them."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.journeys import queries
from rapport.journeys.editor import graph
from rapport.journeys.editor.differences import differences
from rapport.journeys.editor.drawing import title_of
from rapport.journeys.models import Journey
from rapport.journeys.services import definitions, transfers
from rapport.journeys.services.definitions import InvalidDefinition


@require_http_methods(["GET", "HEAD", "POST"])
@page("journeys.publish")
def publication(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """The review; POST publishes, and moves those for whom a step was chosen."""
    actor, clock = actor_of(request), clock_of(request)
    row = queries.journey_for(actor, journey_id)
    errors: list[str] = []
    if request.method == "POST":
        try:
            moves = _moves(request, row)
            version = transfers.publish(actor=actor, journey_id=row.pk, moves=moves, clock=clock)
        except InvalidDefinition as error:
            errors = [problem.message for problem in error.problems]
        except ValidationError as error:
            errors = list(error.messages)
        else:
            note(request, _("Version %(n)d is live.") % {"n": version.number})
            return redirect("journeys:journey", row.pk)
    context = {"journey": row, "errors": errors, **_review(row)}
    return render(request, "journeys/publication.html", context, status=422 if errors else 200)


def _review(row: Journey) -> dict[str, Any]:
    steps = graph.steps_of(row.draft)
    groups = [
        {
            "version": version,
            "rows": [
                {
                    "name": f"to-{version.number}-{step}",
                    "title": _title(version.definition, step),
                    "count": count,
                    "same": step if step in steps else "",
                }
                for step, count in sorted(standing.items())
            ],
        }
        for version, standing in _earlier(row)
    ]
    return {
        "problems": definitions.check(row.draft),
        "differences": differences(row.live.definition if row.live else {}, row.draft),
        "groups": groups,
        "targets": [(name, title_of(step)) for name, step in steps.items()],
    }


def _earlier(row: Journey) -> list[tuple[Any, dict[str, int]]]:
    """(version, {step: people}) of what will be earlier versions."""
    is_new = row.live is None or row.live.definition != row.draft
    return [pair for pair in queries.standing_by_version(row) if is_new or pair[0].pk != row.live_id]


def _title(definition: Any, step: str) -> str:
    steps = graph.steps_of(definition)
    return title_of(steps[step]) if step in steps else step


def _moves(request: HttpRequest, row: Journey) -> list[transfers.Transfer]:
    """What was chosen: {old version, old step} → step of the new one; nothing chosen finishes as it began."""
    return [
        transfers.Transfer(version.pk, step, there)
        for version, standing in _earlier(row)
        for step in standing
        if (there := request.POST.get(f"to-{version.number}-{step}", ""))
    ]
