"""Pages of journeys: the list, one with its flow and figures, its draft, and who is on it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import json_script
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.journeys import queries
from rapport.journeys.editor import figures as step_figures
from rapport.journeys.editor import page as drawn
from rapport.journeys.editor.differences import differences
from rapport.journeys.flow import in_order
from rapport.journeys.forms import JourneyForm
from rapport.journeys.models import Enrolment, Journey, JourneyVersion
from rapport.journeys.services import definitions, journeys
from rapport.journeys.services.journeys import Stale
from rapport.journeys.views.tabs import tabs

VERSIONS = 20
# What the editor's script says.
EDITOR_WORDS = {
    "saving": gettext_lazy("Saving…"),
    "saved": gettext_lazy("Saved"),
    "unsaved": gettext_lazy("Not saved"),
    "failed": gettext_lazy("That did not work. Try again."),
    "copied": gettext_lazy("Copied."),
    "here": gettext_lazy("Put the step here"),
    "picking": gettext_lazy("Choose a place and press Enter; Esc leaves the step where it is."),
    "json": gettext_lazy("This is not JSON:"),
}
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
    """The flow, to be edited in place by whoever may, with figures; in the side panel, and for others, to look at."""
    actor, clock = actor_of(request), clock_of(request)
    row = queries.journey_for(actor, journey_id)
    may_edit = actor.may("journeys.edit")
    version = _version(request, row)
    in_panel = request.headers.get("HX-Target") == "panel"
    is_editor = may_edit and not in_panel and version is None and not row.archived_at
    shown = version.definition if version else row.draft
    if version is None and not is_editor and row.live is not None:
        shown = row.live.definition
    days = step_figures.period(request.GET.get("days"))
    context = {
        **drawn.flow_context(shown, step_figures.by_step(row, days, clock.now()), may_edit=is_editor),
        "journey": row,
        "tone": TONES[row.state],
        "is_editor": is_editor,
        "figures": queries.figures(row),
        "periods": [(number, number == days) for number in step_figures.PERIODS],
        "is_changed": row.live is None or row.live.definition != row.draft,
        "may_publish": actor.may("journeys.publish"),
        "tabs": tabs(actor, row, "journey"),
        **_versions(row),
        "version": version,
        "may_edit_draft": is_editor or (may_edit and version is not None),
        "definition": json_script(drawn.as_text(row.draft)) if is_editor else "",
        "kinds": drawn.kinds(),
        "words": json.dumps({name: str(text) for name, text in EDITOR_WORDS.items()}),
    }
    return render(request, "journeys/journey.html", context)


def _version(request: HttpRequest, row: Journey) -> JourneyVersion | None:
    """That which was asked for, to be looked at."""
    number = request.GET.get("version", "")
    return row.versions.filter(number=int(number)).first() if number.isdecimal() and len(number) < 6 else None


def _versions(row: Journey) -> dict[str, Any]:
    """The newest, each with who is on it and what it changed."""
    versions = list(row.versions.order_by("-number")[: VERSIONS + 1])
    standing = {version.pk: sum(steps.values()) for version, steps in queries.standing_by_version(row)}
    entries = [
        {
            "version": version,
            "standing": standing.get(version.pk, 0),
            "differences": differences(before.definition, version.definition) if before else None,
        }
        for version, before in zip(versions, [*versions[1:], None], strict=False)
    ]
    return {"versions": entries[:VERSIONS], "has_earlier": bool(standing.keys() - {row.live_id})}


@require_http_methods(["GET", "POST"])
@page("journeys.edit")
def edit(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """The draft as JSON, with what is wrong in it."""
    actor = actor_of(request)
    row = queries.journey_for(actor, journey_id)
    values = {"name": row.name, "quiet_days": row.quiet_days, "revision": row.revision}
    initial = {**values, "definition": in_order(row.draft)}
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
    """Pauses, resumes, archives or duplicates it, or makes an earlier version the draft."""
    actor, wanted, clock = actor_of(request), request.POST.get("do", ""), clock_of(request)
    try:
        if wanted == "duplicate":
            copy = journeys.duplicate(actor=actor, journey_id=journey_id, clock=clock)
            return redirect("journeys:journey", copy.pk)
        if wanted == "restore":
            number = request.POST.get("version", "")
            journeys.restore(actor=actor, journey_id=journey_id, number=number, clock=clock)
        elif wanted in {"pause", "resume"}:
            journeys.pause(actor=actor, journey_id=journey_id, undo=wanted == "resume", clock=clock)
        elif wanted in {"archive", "unarchive"}:
            journeys.archive(actor=actor, journey_id=journey_id, undo=wanted == "unarchive", clock=clock)
        else:
            raise Http404("no such change")
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        note(request, _("Saved."))
    return redirect("journeys:journey", journey_id)


@page("journeys.view")
def enrolment_list(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponseBase:
    return EnrolmentList(request, queries.journey_for(actor_of(request), journey_id)).respond()
