"""The profile page: who a person is, and the panels that other apps bring."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rapport.core.access import Actor, actor_of
from rapport.core.ui import Tab
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
    placed = panels(actor, registry.PANELS, person.pk)
    chosen = _chosen(placed["tab"], request.GET)
    context = {
        "person": person,
        "identifiers": queries.identifiers_of(person),
        "companies": list_queries.companies_of(actor, person),
        **traits_context(actor, Subject(PERSON, person)),
        "badges": registry.profile_badges(actor, person),
        "headlines": registry.headlines(actor, person),
        "panels": placed,
        "main": [chosen] if chosen else placed["main"],
        "tabs": _tabs(person.pk, placed["tab"], chosen),
    }
    return render(request, "people/profile.html", context)


def _chosen(offered: list[PanelLink], query: QueryDict) -> PanelLink | None:
    """The tab that the address names; what else the address says is for it."""
    panel = next((panel for panel in offered if panel.name == query.get("tab")), None)
    more = query.copy()
    more.pop("tab", None)
    return replace(panel, url=f"{panel.url}?{more.urlencode()}") if panel and more else panel


def _tabs(person_id: uuid.UUID, offered: list[PanelLink], chosen: PanelLink | None) -> list[Tab]:
    """What the middle of the page can show; nothing where there is no choice."""
    here = reverse("people:profile", args=[person_id])
    tabs = [
        Tab(panel.label, f"{here}?tab={panel.name}", chosen is not None and panel.name == chosen.name)
        for panel in offered
    ]
    return [Tab(_("Activity"), here, chosen is None), *tabs] if tabs else []


def panels(
    actor: Actor, entries: Iterable[registry.Panel], record_id: uuid.UUID
) -> dict[str, list[PanelLink]]:
    """{place of the page: the panels there that the actor may see}."""
    places: dict[str, list[PanelLink]] = {"facts": [], "main": [], "side": [], "tab": []}
    for panel in entries:
        if actor.may(panel.permission):
            url = reverse(panel.url_name, args=[record_id])
            places[panel.place].append(PanelLink(panel.name, str(panel.label), url))
    return places
