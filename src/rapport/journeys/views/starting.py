"""Where journeys begin: from nothing, from a playbook, or as a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.journeys.flow import flow
from rapport.journeys.forms import NewJourneyForm
from rapport.journeys.playbook_forms import PlaybookForm, RuleForm
from rapport.journeys.services import journeys, rules, triggers
from rapport.journeys.services.definitions import InvalidDefinition
from rapport.journeys.services.playbooks import PLAYBOOKS, Playbook, making
from rapport.segments.builder import suggestions

ROW, INSET, MARGIN = 15, 20, 6
# What a step is drawn as: what goes out stands out.
LOUD = {"send", "send_best", "task", "notify", "coupon", "points"}


@dataclass(frozen=True, slots=True)
class Box:
    """One step of a small picture: where it stands, and how it looks."""

    x: int
    y: int
    tone: str


def picture(playbook: Playbook) -> list[Box]:
    """A playbook's flow, small: a box for each step, set in by branches."""
    rows = flow(making.preview(playbook, making.usual(playbook)), {})
    steps = [row for row in rows if row.goes_to is None]
    kinds = making.preview(playbook, making.usual(playbook))["steps"]
    return [
        Box(
            MARGIN + INSET * row.depth,
            MARGIN + ROW * at,
            "loud" if kinds[row.step]["type"] in LOUD else "calm",
        )
        for at, row in enumerate(steps)
    ]


@require_http_methods(["GET", "POST"])
@page("journeys.edit")
def new(request: HttpRequest) -> HttpResponse:
    """A name for a journey from nothing; and the playbooks."""
    form = NewJourneyForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        row = journeys.create(actor=actor_of(request), clock=clock_of(request), **form.cleaned_data)
        return redirect("journeys:journey", row.pk)
    shown = [(playbook, picture(playbook)) for playbook in PLAYBOOKS]
    context = {"form": form, "playbooks": shown}
    return render(request, "journeys/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("journeys.edit")
def playbook(request: HttpRequest, playbook_key: str) -> HttpResponse:
    """What a playbook does, and its few questions."""
    actor = actor_of(request)
    chosen = making.playbook_of(playbook_key)
    if chosen is None:
        raise Http404("no such playbook")
    form = PlaybookForm(request.POST or None, playbook=chosen, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            row = making.make(
                actor=actor, playbook=chosen, answers=form.answers, name=form.cleaned_data["name"]
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("The journey and its messages are drafts. Look at them, then publish."))
            return redirect("journeys:journey", row.pk)
    definition = making.preview(chosen, making.usual(chosen))
    context: dict[str, Any] = {
        "playbook": chosen,
        "form": form,
        "rows": [row for row in flow(definition, {}) if row.goes_to is None],
        "trigger": triggers.words(definition["trigger"]),
    }
    return render(request, "journeys/playbook.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("journeys.edit")
def rule(request: HttpRequest) -> HttpResponse:
    """When this happens and that is true, do this now."""
    actor = actor_of(request)
    form = RuleForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = rules.create(actor=actor, name=given["name"], definition=rules.definition_of(given))
        except InvalidDefinition as error:
            for problem in error.problems:
                form.add_error(None, problem.message)
        else:
            note(request, _("The rule is a draft. Publish it to let it act."))
            return redirect("journeys:journey", row.pk)
    context = {"form": form, "events": suggestions.events()}
    return render(request, "journeys/rule.html", context, status=422 if form.errors else 200)
