"""The profile page: who a person is, and the panels that other apps bring."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from rapport.core.access import Actor, actor_of
from rapport.core.views.pages import page
from rapport.people import queries, registry
from rapport.people.queries import lists as list_queries
from rapport.people.values.schema import PERSON
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
    """One person. The address of somebody who was merged leads to whom they are part of now."""
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    if person.pk != person_id:
        return redirect("people:profile", person.pk)
    context = {
        "person": person,
        "identifiers": queries.identifiers_of(person),
        "companies": list_queries.companies_of(actor, person),
        **traits_context(actor, Subject(PERSON, person)),
        "badges": registry.profile_badges(actor, person),
        "headlines": registry.headlines(actor, person),
        "panels": panels(actor, registry.PANELS, person.pk),
    }
    return render(request, "people/profile.html", context)


def panels(
    actor: Actor, entries: Iterable[registry.Panel], record_id: uuid.UUID
) -> dict[str, list[PanelLink]]:
    """{place of the page: the panels there that the actor may see}."""
    places: dict[str, list[PanelLink]] = {"facts": [], "main": [], "side": []}
    for panel in entries:
        if actor.may(panel.permission):
            url = reverse(panel.url_name, args=[record_id])
            places[panel.place].append(PanelLink(panel.name, str(panel.label), url))
    return places
