"""Traits edited in place, with what other sources say and what there was before."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlencode

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rapport.core.access import Actor
from rapport.core.ui.toasts import note, toast
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page
from rapport.people import known, queries, queries_traits
from rapport.people.facts import BY_HAND, sections, shown
from rapport.people.forms_values import ValueForm
from rapport.people.models import Person
from rapport.people.services.profile import set_traits


@require_http_methods(["GET", "POST"])
@page("people.view")
def traits(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """The list of traits; POST sets one (from the form, or `name` and `json` in the address, for undo)."""
    person = queries.person_for(actor_of(request), person_id)
    if request.method == "GET":
        return _list(request, person)
    actor_of(request).require("people.edit")
    if "json" in request.GET or "json" in request.POST:
        return _as_said(request, person)
    form = _form(request, person, request.POST.get("name", ""))
    try:
        changes = form.values() if form.is_valid() else {}
        if changes:
            ((name, value),) = changes.items()
            if value == person.traits.get(name):
                return _list(request, person)
            _set(request, person, changes)
    except ValidationError as error:
        form.add_error("value", error.messages)
    if form.errors:
        return render(request, "people/_trait_form.html", {"person": person, "form": form}, status=422)
    return _saved(request, person, name, value)


def _saved(request: HttpRequest, person: Person, name: str, value: Any) -> HttpResponse:
    """The list with a toast: saved, or kept as a claim because another source is believed more."""
    after = queries.person_for(actor_of(request), person.pk)
    query = urlencode({"name": name, "json": json.dumps(person.traits.get(name))})
    undo = f"{reverse('people:traits', args=[person.pk])}?{query}"
    if after.traits.get(name) == value:
        return toast(_list(request, after), _("Saved."), undo_url=undo)
    source = (after.trait_facts.get(name) or {}).get("source", "")
    text = _("Kept beside it: %(source)s is believed more for this trait.") % {"source": source}
    return toast(_list(request, after), text, level="warning", undo_url=undo)


@require_GET
@page("people.edit")
def edit_trait(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The form of one trait, or, with `add`, of a new one, whose input follows the name that is chosen."""
    person = queries.person_for(actor_of(request), person_id)
    name = request.GET.get("name", "").strip()
    form = _form(request, person, name)
    context: dict[str, Any] = {"person": person, "form": form, "is_new": not name or "add" in request.GET}
    if context["is_new"]:
        context["suggestions"] = _suggestions(person)
    return render(request, "people/_trait_form.html", context)


def _form(request: HttpRequest, person: Person, name: str) -> ValueForm:
    definitions = queries_traits.definitions(known.PERSON)
    found = next((each for each in definitions if name in {each.key, str(each.label)}), None)
    key = found.key if found else name
    data = request.POST if request.method == "POST" else None
    return ValueForm(data, definition=found, before=person.traits.get(key), name=key)


def _suggestions(person: Person) -> list[known.Definition]:
    return [
        each
        for each in queries_traits.definitions(known.PERSON)
        if each.key not in person.traits and not each.is_read_only
    ]


def _as_said(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Sets a value exactly: the one before, for undo, or the one another source claims."""
    given = request.GET if "json" in request.GET else request.POST
    try:
        value = json.loads(given["json"])
    except ValueError:
        return HttpResponseBadRequest()
    name = given.get("name", "")
    try:
        _set(request, person, {name: value})
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect("people:profile", person.pk)
    if request.headers.get("HX-Target") == "traits":
        return _saved(request, person, name, value)
    return redirect("people:profile", person.pk)


def _set(request: HttpRequest, person: Person, changes: dict[str, object]) -> None:
    actor = actor_of(request)
    set_traits(actor=actor, person_id=person.pk, traits=changes, source=f"{BY_HAND}{actor.label}")


def traits_context(actor: Actor, person: Person) -> dict[str, Any]:
    """What the list of traits shows. Three queries."""
    members = queries.family(person.pk)
    return {
        "person": person,
        "sections": sections(person, queries_traits.definitions(known.PERSON)),
        "refused": [
            {"trait": each.trait, "text": shown(each.value), "row": each}
            for each in queries_traits.refused_of(members)[:20]
        ],
        "may_edit": actor.may("people.edit"),
    }


def _list(request: HttpRequest, person: Person) -> HttpResponse:
    return render(request, "people/_traits.html", traits_context(actor_of(request), person))


@require_GET
@page("people.view")
def history(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Every change of every value, newest first; of one trait with `trait`, older ones with `before`."""
    actor, trait = actor_of(request), request.GET.get("trait", "")
    person = queries.person_for(actor, person_id)
    context: dict[str, Any] = {"person": person, "trait": trait, "short": "short" in request.GET}
    context["names"] = sorted(person.trait_facts, key=str.lower)
    try:
        changes = queries_traits.history_of_person(
            actor, person.pk, trait=trait, before=request.GET.get("before", "")
        )
    except ClickHouseError:
        context["away"] = True
        return render(request, "people/history.html", context)
    labels = {each.key: str(each.label) for each in queries_traits.definitions(known.PERSON, archived=True)}
    context["changes"] = [
        {
            "change": each,
            "label": labels.get(each.trait, each.trait),
            "old": shown(each.old),
            "new": shown(each.new),
        }
        for each in changes
    ]
    if len(changes) == queries_traits.HISTORY_PAGE:
        context["older"] = changes[-1].recorded_at.isoformat()
    return render(request, "people/history.html", context)
