"""Calls: the list, and the page of one with its script and a key for every outcome."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from rapport.channels.phone import queries, services
from rapport.channels.phone.models import CallTask
from rapport.channels.queries import first_steps
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page

TONES = {"waiting": "accent", "claimed": "live", "done": "good", "stopped": ""}
WHY = {
    "suppressed": gettext_lazy("The number is on the suppression list."),
    "withdrawn": gettext_lazy("They have withdrawn their consent."),
    "address_withdrawn": gettext_lazy("Consent was withdrawn for this number."),
    "expired": gettext_lazy("Their consent has ended."),
    "no_consent": gettext_lazy("They have not consented."),
    "late": gettext_lazy("It was not made in time."),
    "erased": gettext_lazy("They asked to be forgotten."),
    "restricted": gettext_lazy("Their data must not be processed."),
    "gone": gettext_lazy("The person is gone."),
}


class CallList(ListPage):
    name = "calls"
    title = gettext_lazy("Calls")
    template = "channels/calls.html"
    empty_template = "channels/_first_steps.html"
    default_sort = "due_at"
    search_in = ("title", "person__name", "number")
    empty = (
        gettext_lazy("No calls"),
        gettext_lazy(
            "A campaign or message over the channel Phone puts a task with a script here for everybody to be called."
        ),
    )
    columns = (
        Column("title", gettext_lazy("About"), sort="title", main=True),
        Column("person", gettext_lazy("Person"), value="person.name", sort="person__name"),
        Column("number", gettext_lazy("Number")),
        Column(
            "state", gettext_lazy("State"), cell=lambda row: badge(row.get_state_display(), TONES[row.state])
        ),
        Column("due_at", gettext_lazy("Due"), sort="due_at"),
        Column("outcome", gettext_lazy("Last outcome"), value="get_outcome_display"),
        Column("claimed_by", gettext_lazy("Caller"), value="claimed_by.name"),
        Column("finished_at", gettext_lazy("Ended"), sort="finished_at", shown=False),
    )
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=CallTask.State.choices),
        ChoiceFilter("outcome", gettext_lazy("Last outcome"), choices=CallTask.Outcome.choices),
        DateFilter("due_at", gettext_lazy("Due")),
        TextFilter("person", gettext_lazy("Person"), "person__name"),
    )

    def rows(self) -> Any:
        return queries.calls(self.actor)

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("calls.edit"), "steps": first_steps(self.actor, "phone")}

    def url(self, row: CallTask) -> str:
        return reverse("channels:call", args=[row.pk])


@page("calls.view")
def calls(request: HttpRequest) -> HttpResponseBase:
    """The list."""
    return CallList(request).respond()


@page("calls.view")
def call(request: HttpRequest, call_id: int) -> HttpResponseBase:
    """One call: whom, what time it is for them, what to say, and what came of it."""
    return _call_page(request, call_id)


@require_POST
@page("calls.edit")
def next_call(request: HttpRequest) -> HttpResponseBase:
    """Takes the call that has been due for longest."""
    task = services.take_next(actor=actor_of(request), clock=clock_of(request))
    if task is None:
        note(request, _("Nobody is to be called now."))
        return redirect("channels:calls")
    return redirect("channels:call", task.pk)


@require_POST
@page("calls.edit")
def taking(request: HttpRequest, call_id: int) -> HttpResponseBase:
    """Takes this call, or with `undo` gives it back."""
    actor, clock = actor_of(request), clock_of(request)
    try:
        if "undo" in request.POST:
            services.put_back(actor=actor, call_id=call_id, clock=clock)
            return redirect("channels:calls")
        services.take(actor=actor, call_id=call_id, clock=clock)
    except ValidationError as error:
        note(request, error.messages[0])
    return redirect("channels:call", call_id)


@require_POST
@page("calls.edit")
def attempt(request: HttpRequest, call_id: int) -> HttpResponseBase:
    """Records what came of it, and goes on with the next."""
    actor, clock = actor_of(request), clock_of(request)
    try:
        services.finish(
            actor=actor,
            call_id=call_id,
            outcome=request.POST.get("outcome", ""),
            notes=request.POST.get("notes", ""),
            again_at=_moment(request.POST.get("again_at", "")),
            clock=clock,
        )
    except ValidationError as error:
        return _call_page(request, call_id, error.messages, request.POST.get("notes", ""))
    if (following := services.take_next(actor=actor, clock=clock)) is None:
        note(request, _("That was the last call for now."))
        return redirect("channels:calls")
    return redirect("channels:call", following.pk)


def _moment(text: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        local = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise ValidationError(_("That is no date and time.")) from error
    return local if local.tzinfo else timezone.make_aware(local)


def _call_page(
    request: HttpRequest, call_id: int, problems: list[str] | None = None, notes: str = ""
) -> HttpResponseBase:
    actor = actor_of(request)
    task = queries.call_for(actor, call_id)
    local = queries.local_time(task.person, clock_of(request).now())
    context = {
        "task": task,
        "attempts": list(task.attempts.order_by("-at", "-pk")),
        "local": local.strftime("%H:%M"),
        "is_early_or_late": not 8 <= local.hour < 20,
        "outcomes": list(enumerate(CallTask.Outcome.choices, start=1)),
        "is_own": task.state == CallTask.State.CLAIMED and task.claimed_by_id == actor.user_id,
        "why_stopped": WHY.get(task.why_stopped, task.why_stopped),
        "tone": TONES[task.state],
        "may_edit": actor.may("calls.edit"),
        "problems": problems or [],
        "notes": notes,
    }
    return render(request, "channels/call.html", context, status=422 if problems else 200)
