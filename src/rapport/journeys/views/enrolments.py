"""One person's run of a journey, and the panel of the profile."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.journeys import queries
from rapport.journeys.editor.drawing import branch_label
from rapport.journeys.masks import Masks
from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services import journeys
from rapport.journeys.views.journeys import standing_words
from rapport.people.queries import person_for


@require_safe
@page("journeys.view")
def enrolment(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Where they are, since when, what comes next, and what they passed."""
    actor = actor_of(request)
    row = queries.enrolment_for(actor, enrolment_id)
    steps = row.version.definition["steps"]
    passed = [
        (passage, steps.get(passage.step, {}).get("title", ""), branch_label(passage.branch))
        for passage in queries.passages(row)
    ]
    step = steps[row.step]
    context = {
        "enrolment": row,
        "key": Masks(actor).key(row.version.definition["trigger"], row.key),
        "state": standing_words(row),
        "passed": passed,
        "words": STEP_KINDS[step["type"]].words(step),
        "trigger": row.data.get("trigger", {}),
        "may_enrol": actor.may("journeys.enrol"),
    }
    return render(request, "journeys/enrolment.html", context)


@require_POST
@page("journeys.enrol")
def change(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Takes them out, or tries the failed step again."""
    actor = actor_of(request)
    changes = {"retry": journeys.retry, "remove": journeys.remove}
    if (change := changes.get(request.POST.get("do", ""))) is None:
        raise Http404("no such change")
    change(actor=actor, enrolment_id=enrolment_id, clock=clock_of(request))
    note(request, _("Saved."))
    return redirect("journeys:enrolment", enrolment_id)


@require_safe
@page("journeys.view")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The profile's panel: the runs that go on, then the latest."""
    shown = person_for(actor_of(request), person_id)
    rows = [(row, *standing_words(row)) for row in queries.enrolments_of([shown.pk])[:10]]
    others = queries.others_for(actor_of(request), [row.journey_id for row, *_words in rows])
    return render(request, "journeys/person.html", {"rows": rows, "person": shown, "others": others})
