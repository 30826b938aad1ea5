"""How a person stands to others: the panel of the profile, and the kinds in the settings."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note, toast
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.people import queries
from rapport.people.forms.relations import RelationshipForm, TypeForm
from rapport.people.queries import lists as list_queries
from rapport.people.queries import relations as relation_queries
from rapport.people.services import relationships as service
from rapport.people.values.formatting import BY_HAND


@require_GET
@page("people.view")
def panel(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The person's relationships and companies."""
    return _panel(request, person_id)


def _panel(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    context = {
        "person": person,
        "related": relation_queries.of_person(actor, person),
        "may_edit": actor.may("people.edit"),
    }
    return render(request, "people/relationships.html", context)


@require_http_methods(["GET", "POST"])
@page("people.edit")
def add(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The form of a new relationship; `kind` is chosen first, because it says what to look for."""
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    form = RelationshipForm(request.POST or None, initial={"kind": request.GET.get("kind", "spouse")})
    if request.method == "POST" and form.is_valid():
        try:
            tie = form.tie(person.pk)
            if tie.other_person:
                queries.person_for(actor, tie.other_person)
                queries.person_for(actor, tie.person)
            if tie.other_company:
                list_queries.company_for(actor, tie.other_company)
            service.relate(actor=actor, tie=tie, source=f"{BY_HAND}{actor.label}")
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return toast(_panel(request, person_id), _("Added."))
    context = {"person": person, "form": form, "what": form.what}
    answer = render(request, "people/_relationship_form.html", context, status=422 if form.errors else 200)
    if form.errors:
        answer.headers["HX-Retarget"] = ".relationship-form"
    return answer


@require_POST
@page("people.edit")
def change(request: HttpRequest, person_id: uuid.UUID, relationship_id: int) -> HttpResponse:
    """Ends it today, lets it go on, or takes it off the record."""
    actor = actor_of(request)
    row = relation_queries.relationship_for(actor, person_id, relationship_id)
    if "remove" in request.POST:
        tie = service.forget(actor=actor, relationship=row)
        back = reverse("people:restore_relationship", args=[person_id])
        undo = f"{back}?{urlencode({'tie': service.kept(tie)})}"
        return toast(_panel(request, person_id), _("Removed."), undo_url=undo)
    until: dt.date | None = clock_of(request).now().date() if "end" in request.POST else None
    try:
        service.end(actor=actor, relationship=row, until=until)
    except ValidationError as error:
        return toast(_panel(request, person_id), " ".join(error.messages), level="error")
    return toast(_panel(request, person_id), _("Saved."))


@require_POST
@page("people.edit")
def restore(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Undoes taking a relationship off the record."""
    actor = actor_of(request)
    queries.person_for(actor, person_id)
    try:
        service.restore(actor=actor, given=request.GET.get("tie", ""), source=f"{BY_HAND}{actor.label}")
    except ValidationError as error:
        return toast(HttpResponse(status=422), " ".join(error.messages), level="error")
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
@page("settings.view")
def types(request: HttpRequest) -> HttpResponse:
    """The kinds of relationships; POST adds one."""
    actor = actor_of(request)
    form = TypeForm(request.POST or None)
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid():
            try:
                service.add_type(actor=actor, **form.cleaned_data)
            except ValidationError as error:
                form.add_error("label", error.messages)
            else:
                note(request, _("Added."))
                return redirect("people_settings:settings_relationships")
    live = relation_queries.kinds()
    context = {
        "form": form,
        "kinds": [(kind, key in live) for key, kind in relation_queries.kinds(archived=True).items()],
        "may_edit": actor.may("settings.edit"),
    }
    return settings_page(request, "people/settings/relationships.html", context, 422 if form.errors else 200)


@require_POST
@page("settings.edit")
def archive_type(request: HttpRequest, key: str) -> HttpResponse:
    _archive_type(request, key, archived=True)
    note(request, _("Archived. Existing relationships stay."))
    return redirect("people_settings:settings_relationships")


@require_POST
@page("settings.edit")
def restore_type(request: HttpRequest, key: str) -> HttpResponse:
    _archive_type(request, key, archived=False)
    note(request, _("Restored."))
    return redirect("people_settings:settings_relationships")


def _archive_type(request: HttpRequest, key: str, *, archived: bool) -> None:
    try:
        service.archive_type(actor=actor_of(request), key=key, archived=archived)
    except ObjectDoesNotExist as error:
        raise Http404 from error
