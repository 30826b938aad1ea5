"""Pages of journeys: the list, one with its flow and figures, its draft, and who is on it."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.journeys import queries
from rapport.journeys.flow import flow, in_order, trigger_words
from rapport.journeys.forms import JourneyForm
from rapport.journeys.models import Enrolment, Journey
from rapport.journeys.services import definitions, journeys
from rapport.journeys.services.definitions import InvalidDefinition
from rapport.journeys.services.journeys import Stale

TONES = {"draft": "", "live": "good", "paused": "warn", "archived": ""}


class JourneyList(ListPage):
    name = "journeys"
    title = gettext_lazy("Journeys")
    template = "journeys/list.html"
    empty_template = "journeys/empty.html"
    default_sort = "-created_at"
    search_in = ("name",)
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", main=True),
        Column("kind", gettext_lazy("Kind"), value="get_kind_display"),
        Column(
            "state",
            gettext_lazy("State"),
            value="state_label",
            cell=lambda row: badge(row.state_label, TONES[row.state]),
        ),
        Column("standing", gettext_lazy("On it now"), value="standing", num=True),
        Column("version", gettext_lazy("Version"), value="live.number", num=True),
        Column("published_at", gettext_lazy("Published"), value="live.published_at"),
        Column("created_at", gettext_lazy("Created"), sort="created_at"),
    )
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        ChoiceFilter("kind", gettext_lazy("Kind"), choices=Journey.Kind.choices),
        DateFilter("created_at", gettext_lazy("Created")),
    )

    def rows(self) -> Any:
        return queries.journeys(self.actor)

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("journeys.edit")}

    def url(self, row: Journey) -> str:
        return reverse("journeys:journey", args=[row.pk])


class EnrolmentList(ListPage):
    """Who is or was on a journey."""

    name = "enrolments"
    title = gettext_lazy("People on the journey")
    template = "journeys/enrolments.html"
    empty_template = "journeys/enrolments_empty.html"
    default_sort = "-entered_at"
    search_in = ("person__name", "person__email", "key")
    columns = (
        Column("person", gettext_lazy("Person"), value=lambda row: str(row.person), main=True),
        Column("key", gettext_lazy("Run"), shown=False),
        Column("step", gettext_lazy("Step")),
        Column(
            "state",
            gettext_lazy("State"),
            value=lambda row: standing_words(row)[0],
            cell=lambda row: badge(*standing_words(row)),
        ),
        Column("entered_at", gettext_lazy("Entered"), sort="entered_at"),
        Column("due_at", gettext_lazy("Goes on"), value=lambda row: None if row.ended_at else row.due_at),
        Column("ended_at", gettext_lazy("Ended")),
    )
    filters = (
        TextFilter("step", gettext_lazy("Step")),
        DateFilter("entered_at", gettext_lazy("Entered")),
    )

    def __init__(self, request: HttpRequest, journey: Journey) -> None:
        super().__init__(request)
        self.journey = journey

    def rows(self) -> Any:
        return queries.enrolments(self.actor, self.journey)

    def context(self) -> dict[str, Any]:
        return {"journey": self.journey, "may_enrol": self.actor.may("journeys.enrol")}

    def url(self, row: Enrolment) -> str:
        return reverse("journeys:enrolment", args=[row.pk])


def standing_words(row: Enrolment) -> tuple[str, str]:
    """How somebody's run stands, and the tone of it."""
    if row.ended_at:
        return str(row.get_outcome_display()), "good" if row.outcome in {"goal", "completed"} else ""
    if row.error:
        return _("Failed"), "bad"
    return (_("Waits for “%(event)s”") % {"event": row.awaited} if row.awaited else _("On it")), "accent"


@page("journeys.view")
def journey_list(request: HttpRequest) -> HttpResponseBase:
    return JourneyList(request).respond()


@require_safe
@page("journeys.view")
def journey(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """The flow as it is live, or else as it is written, with who stands where."""
    actor = actor_of(request)
    row = queries.journey_for(actor, journey_id)
    problems = definitions.check(row.draft)
    shown = row.live.definition if row.live is not None else None if problems else row.draft
    context = {
        "journey": row,
        "tone": TONES[row.state],
        "problems": problems,
        "shown": shown,
        "trigger_words": trigger_words(shown["trigger"]) if shown else "",
        "rows": flow(shown, queries.standing_by_step(row)) if shown else [],
        "figures": queries.figures(row),
        "is_changed": row.live is None or row.live.definition != row.draft,
        "outcomes": Enrolment.Outcome,
        "may_edit": actor.may("journeys.edit"),
        "may_publish": actor.may("journeys.publish"),
    }
    return render(request, "journeys/journey.html", context)


@require_http_methods(["GET", "POST"])
@page("journeys.edit")
def edit(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """The draft as JSON, with what is wrong in it."""
    actor = actor_of(request)
    row = queries.journey_for(actor, journey_id)
    initial = {"name": row.name, "definition": in_order(row.draft), "revision": row.revision}
    form = JourneyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            journeys.edit(actor=actor, journey_id=row.pk, **form.cleaned_data)
        except (ValidationError, Stale) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            note(request, _("Saved."))
            return redirect("journeys:journey", row.pk)
    context = {"form": form, "journey": row, "problems": definitions.check(row.draft)}
    return render(request, "journeys/edit.html", context, status=422 if form.errors else 200)


@require_POST
@page("journeys.publish")
def set_state(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """Publishes, pauses, resumes or archives it."""
    actor, wanted = actor_of(request), request.POST.get("do", "")
    try:
        if wanted == "publish":
            journeys.publish(actor=actor, journey_id=journey_id)
        elif wanted in {"pause", "resume"}:
            journeys.pause(actor=actor, journey_id=journey_id, undo=wanted == "resume")
        else:
            journeys.archive(actor=actor, journey_id=journey_id, undo=wanted == "unarchive")
    except InvalidDefinition as error:
        first = error.problems[0]
        note(request, f"{first.pointer}: {first.message}", level="error")
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        note(request, _("Saved."))
    return redirect("journeys:journey", journey_id)


@page("journeys.view")
def enrolment_list(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponseBase:
    return EnrolmentList(request, queries.journey_for(actor_of(request), journey_id)).respond()
