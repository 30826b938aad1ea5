"""Tasks that journeys give to people of the business: the list, one of them, and its answer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.journeys import queries
from rapport.journeys.models import JourneyTask
from rapport.journeys.services import tasks

TONES = {"open": "accent", "done": "good", "approved": "good", "denied": "bad", "over": ""}


class TaskList(ListPage):
    name = "journey-tasks"
    title = gettext_lazy("Tasks of journeys")
    default_sort = "-created_at"
    search_in = ("title", "person__name", "person__email")
    empty = (
        gettext_lazy("No tasks"),
        gettext_lazy("When a journey wants somebody to know, to do or to approve something, it stands here."),
    )
    columns = (
        Column("title", gettext_lazy("About"), main=True),
        Column("person", gettext_lazy("Person"), value=lambda row: str(row.person)),
        Column("kind", gettext_lazy("Kind"), value="get_kind_display"),
        Column(
            "state",
            gettext_lazy("State"),
            value="get_state_display",
            cell=lambda row: badge(row.get_state_display(), TONES[row.state]),
        ),
        Column("assignee", gettext_lazy("For"), value=lambda row: row.assignee.email if row.assignee else ""),
        Column("journey", gettext_lazy("Journey"), value="journey.name"),
        Column("created_at", gettext_lazy("Created"), sort="created_at"),
    )
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=JourneyTask.State.choices),
        ChoiceFilter("kind", gettext_lazy("Kind"), choices=JourneyTask.Kind.choices),
        DateFilter("created_at", gettext_lazy("Created")),
    )

    def rows(self) -> Any:
        return queries.tasks(self.actor)

    def url(self, row: JourneyTask) -> str:
        return reverse("journeys:task", args=[row.pk])


@page("journeys.view")
def task_list(request: HttpRequest) -> HttpResponseBase:
    return TaskList(request).respond()


@require_safe
@page("journeys.view")
def task(request: HttpRequest, task_id: int) -> HttpResponse:
    row = tasks.task_for(actor_of(request), task_id)
    context = {"task": row, "tone": TONES[row.state], "is_approval": row.kind == JourneyTask.Kind.APPROVAL}
    return render(request, "journeys/task.html", context)


@require_POST
@page("journeys.view")
def answer(request: HttpRequest, task_id: int) -> HttpResponse:
    """Done, approved or denied."""
    try:
        tasks.end(
            actor=actor_of(request), task_id=task_id, answer=request.POST.get("answer", ""),
            note=request.POST.get("note", "")[:500],
        )  # fmt: skip
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        note(request, _("Saved."))
    return redirect("journeys:task", task_id)
