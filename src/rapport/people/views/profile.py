"""The profile page: who a person is, and the panels that other apps bring."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rapport.core.access import Actor
from rapport.core.ui.toasts import note
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page
from rapport.people import queries, queries_lists, registry
from rapport.people.known import PERSON
from rapport.people.models import Person
from rapport.people.services.merging import undo_merge as undo
from rapport.people.views.traits import Subject, traits_context


@dataclass(frozen=True, slots=True)
class PanelLink:
    """A panel as the page shows it: its heading, and where its content is loaded from."""

    name: str
    label: str
    url: str


@require_GET
@page("people.view")
def profile(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """One person. The address of somebody who was merged leads to whom he is part of now."""
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    if person.pk != person_id:
        return redirect("people:profile", person.pk)
    context = {
        "person": person,
        "identifiers": queries.identifiers_of(person),
        "companies": queries_lists.companies_of(actor, person),
        **traits_context(actor, Subject(PERSON, person)),
        "places": {place: panels(actor, person, place) for place in ("facts", "main", "side")},
    }
    return render(request, "people/profile.html", context)


def panels(actor: Actor, person: Person, place: str) -> list[PanelLink]:
    """The panels of one place that the actor may see."""
    found = []
    for panel in registry.panels():
        if panel.place == place and (not panel.permission or actor.may(panel.permission)):
            try:
                url = reverse(panel.url_name, args=[person.pk])
            except NoReverseMatch:
                continue
            found.append(PanelLink(panel.name, str(panel.label), url))
    return found


@require_GET
@page("people.view")
def origin(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Why this is one person: what he was first known by, and each merge with its evidence."""
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    merges = list(queries.merges_of(person).select_related("absorbed")[:50])
    newest = next(
        (merge.pk for merge in merges if merge.undone_at is None and merge.survivor_id == person.pk), None
    )
    context = {
        "person": person,
        "first": person.identifiers.order_by("first_seen_at", "pk").first(),
        "merges": merges,
        "undoable": newest if actor.may("people.edit") else None,
    }
    return render(request, "people/origin.html", context)


@require_POST
@page("people.edit")
def undo_merge(request: HttpRequest, person_id: uuid.UUID, merge_id: int) -> HttpResponse:
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    merge = queries.merges_of(person).filter(pk=merge_id).first()
    if merge is None:
        raise Http404
    try:
        undo(actor=actor, merge=merge)
    except ValueError as error:
        note(request, str(error), level="error")
    else:
        note(request, _("These are two persons again."))
    return redirect("people:profile", person.pk)
