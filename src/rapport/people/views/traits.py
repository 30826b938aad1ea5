"""Traits edited in place."""

from __future__ import annotations

import json
import uuid
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rapport.core.ui.toasts import toast
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page
from rapport.people import queries
from rapport.people.facts import BY_HAND, trait_facts
from rapport.people.forms import TraitForm
from rapport.people.models import Person
from rapport.people.services.profile import set_traits


@require_http_methods(["GET", "POST"])
@page("people.view")
def traits(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """The list of traits; POST sets one (from the form, or `name` and `json` in the address, for undo)."""
    person = queries.person_for(actor_of(request), person_id)
    if request.method == "GET":
        return _list(request, person)
    if "json" in request.GET:
        return _undo(request, person)
    form = TraitForm(request.POST)
    if not form.is_valid():
        return render(request, "people/_trait_form.html", {"person": person, "form": form}, status=422)
    try:
        changes = form.traits(person)
    except ValidationError as error:
        form.add_error("value", error)
        return render(request, "people/_trait_form.html", {"person": person, "form": form}, status=422)
    (name,) = changes
    old = person.traits.get(name)
    if changes[name] == old:
        return _list(request, person)
    _set(request, person, changes)
    undo = (
        f"{reverse('people:traits', args=[person.pk])}?{urlencode({'name': name, 'json': json.dumps(old)})}"
    )
    return toast(_list(request, queries.person_for(actor_of(request), person.pk)), _("Saved."), undo_url=undo)


@require_GET
@page("people.edit")
def edit_trait(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The form of one trait, or of a new one."""
    person = queries.person_for(actor_of(request), person_id)
    name = request.GET.get("name", "")
    form = TraitForm.of(person, name) if name else TraitForm()
    return render(request, "people/_trait_form.html", {"person": person, "form": form, "is_new": not name})


def _undo(request: HttpRequest, person: Person) -> HttpResponseBase:
    try:
        value = json.loads(request.GET["json"])
    except ValueError:
        return HttpResponseBadRequest()
    _set(request, person, {request.GET.get("name", ""): value})
    return redirect("people:profile", person.pk)


def _set(request: HttpRequest, person: Person, changes: dict[str, object]) -> None:
    actor = actor_of(request)
    set_traits(actor=actor, person_id=person.pk, traits=changes, source=f"{BY_HAND}{actor.label}")


def _list(request: HttpRequest, person: Person) -> HttpResponse:
    context = {
        "person": person,
        "traits": trait_facts(person),
        "may_edit": actor_of(request).may("people.edit"),
    }
    return render(request, "people/_traits.html", context)
