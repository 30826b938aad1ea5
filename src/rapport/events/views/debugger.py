"""Events as they arrive."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from rapport.core.access import actor_of
from rapport.core.views.pages import page
from rapport.events import queries
from rapport.events.views.frame import tabs
from rapport.events.wording import newest_arrival, seen_until
from rapport.people.queries import lists as people

PAGE = 50


@require_GET
@page("data.view")
def debugger(request: HttpRequest) -> HttpResponse:
    """The newest events of all sources, filtered by source, name and person; `since` asks for new ones only."""
    actor = actor_of(request)
    filters: dict[str, Any] = {
        "source": request.GET.get("source", ""),
        "event": request.GET.get("event", "").strip(),
        "people": _people(request),
    }
    live = "since" in request.GET
    events = queries.newest(
        actor, since=seen_until(request.GET["since"]) if live else None, limit=PAGE, **filters
    )
    names = people.names_of(actor, {event.person_id for event in events})
    rows = [(event, names.get(event.person_id)) for event in events]
    context: dict[str, Any] = {"rows": rows, "cursor": newest_arrival(events)}
    if live:
        return render(request, "events/_feed.html", context)
    context |= {
        "tabs": tabs(request, "debugger"),
        "sources": queries.sources(actor),
        "chosen": {name: request.GET.get(name, "") for name in ("source", "event", "person")},
    }
    return render(request, "events/debugger.html", context)


def _people(request: HttpRequest) -> list[uuid.UUID] | None:
    """The persons the words in `person` may mean; None when nobody was asked for."""
    text = request.GET.get("person", "").strip()
    return people.matching_ids(actor_of(request), text, limit=50) if text else None
