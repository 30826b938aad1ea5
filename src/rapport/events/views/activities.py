"""Calls, visits, meetings and notes on a profile: a quick form, the newest, and each with its history."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.events.forms.activities import ActivityForm
from rapport.events.models import Activity
from rapport.events.queries import activities as queries
from rapport.events.services import activities as services
from rapport.people.queries import person_for

SHOWN = 5


@require_GET
@page("people.view")
def activities(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The panel: log something, and what was logged last. With `all`, everything."""
    actor = actor_of(request)
    person = person_for(actor, person_id)
    rows = queries.activities(actor, person_id)
    versions = list(rows if "all" in request.GET else rows[: SHOWN + 1])
    context = {
        "person": person,
        "activities": versions if "all" in request.GET else versions[:SHOWN],
        "more": "all" not in request.GET and len(versions) > SHOWN,
        "kinds": Activity.Kind.choices,
        "may_edit": actor.may("people.edit"),
    }
    return render(request, "events/activities.html", context)


@require_http_methods(["GET", "POST"])
@page("people.edit")
def new_activity(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The form, in the side panel when opened from the profile."""
    actor = actor_of(request)
    person = person_for(actor, person_id)
    kind = request.GET.get("kind", "call")
    form = ActivityForm(request.POST or None, actor=actor, person=person, initial={"kind": kind})
    if request.method == "POST" and form.is_valid():
        try:
            version = services.log_activity(
                actor=actor, person_id=person.pk, kind=form.cleaned_data["kind"], details=form.details()
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            undo = reverse("events:remove_activity", args=[person.pk, version.activity_id])
            note(request, _("Logged."), undo_url=undo)
            return redirect("people:profile", person.pk)
    status = 422 if form.errors else 200
    return render(request, "events/activity_form.html", {"form": form, "person": person}, status=status)


@require_http_methods(["GET", "POST"])
@page("people.view")
def activity(request: HttpRequest, person_id: uuid.UUID, activity_id: uuid.UUID) -> HttpResponse:
    """One activity: correct it, take it off the record, and everything that was said of it."""
    actor = actor_of(request)
    person = person_for(actor, person_id)
    activity = queries.activity_for(actor, person_id, activity_id)
    versions = queries.history(activity)
    initial = ActivityForm.initial_of(versions[0])
    form = ActivityForm(request.POST or None, actor=actor, person=person, initial=initial)
    if request.method == "POST":
        actor.require("people.edit")
        if form.is_valid():
            try:
                services.correct_activity(actor=actor, activity_id=activity.pk, details=form.details())
            except ValidationError as error:
                form.add_error(None, error)
            else:
                note(request, _("Corrected. The previous text is in its history."))
                return redirect("people:profile", person.pk)
    context = {
        "form": form,
        "person": person,
        "activity": activity,
        "versions": versions,
        "removed": versions[0].removed,
        "may_edit": actor.may("people.edit"),
    }
    return render(request, "events/activity_form.html", context, status=422 if form.errors else 200)


@require_POST
@page("people.edit")
def remove(request: HttpRequest, person_id: uuid.UUID, activity_id: uuid.UUID) -> HttpResponse:
    activity = queries.activity_for(actor_of(request), person_id, activity_id)
    services.remove_activity(actor=actor_of(request), activity_id=activity.pk)
    undo = reverse("events:restore_activity", args=[person_id, activity.pk])
    note(request, _("Removed."), undo_url=undo)
    return redirect("people:profile", person_id)


@require_POST
@page("people.edit")
def restore(request: HttpRequest, person_id: uuid.UUID, activity_id: uuid.UUID) -> HttpResponse:
    activity = queries.activity_for(actor_of(request), person_id, activity_id)
    services.restore_activity(actor=actor_of(request), activity_id=activity.pk)
    note(request, _("Restored."))
    return redirect("people:profile", person_id)
