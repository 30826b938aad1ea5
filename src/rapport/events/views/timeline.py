"""The middle of a profile: what the person did, newest first, live, and each event in full."""

from __future__ import annotations

import json
import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from rapport.core.access import actor_of
from rapport.core.views.pages import page
from rapport.events import queries, registry
from rapport.events.descriptions import properties
from rapport.events.queries import records
from rapport.events.wording import by_day, newest_arrival, seen_until
from rapport.people.queries import person_for

PAGE = 40


@require_GET
@page("people.view")
def person_timeline(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The whole panel; with `before` the next older events, with `since` those received after it.

    Opened by itself (in a new tab, or in a browser without scripts) it is a page with the person's name.
    """
    actor, kind = actor_of(request), request.GET.get("kind", "")
    if "since" in request.GET:
        events = queries.timeline_since(actor, person_id, seen_until(request.GET["since"]), kind=kind)
        days = by_day(records.gathered(actor, events, by_page=bool(kind)))
        return render(request, "events/_days.html", {"days": days, "cursor": newest_arrival(events)})
    before = queries.Cursor.parse(request.GET.get("before", ""))
    events = queries.timeline(actor, person_id, kind=kind, before=before, limit=PAGE)
    context = {
        "days": by_day(records.gathered(actor, events, by_page=bool(kind))),
        "older": events[-1].cursor if len(events) == PAGE else "",
        "cursor": newest_arrival(events),
        "kind": kind,
        "kinds": list(registry.EVENT_KINDS),
        "person_id": person_id,
    }
    if not request.headers.get("HX-Request"):
        context["person"] = person_for(actor, person_id)
        return render(request, "events/timeline_page.html", context)
    return render(request, "events/_days.html" if before else "events/person_timeline.html", context)


@require_GET
@page("people.view")
def event(request: HttpRequest, person_id: uuid.UUID, message_id: str) -> HttpResponse:
    """One event with all it carried: who it was matched to and by what, where it came from, the raw JSON."""
    event = queries.event_of(actor_of(request), person_id, message_id)
    raw = {"properties": event.properties, "context": event.context}
    context = {
        "event": event,
        "values": properties.values(event.properties),
        "tables": properties.tables(event.properties),
        "raw": json.dumps(raw, indent=2, ensure_ascii=False, default=str),
    }
    return render(request, "events/event.html", context)
