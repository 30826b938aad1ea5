"""Events over REST, read side. Events come in by the capture API at /v1."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import AwareDatetime

from rapport.core.access import actor_of
from rapport.core.api import Page, Problem, Schema, seal, unseal
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of
from rapport.events.api import activities
from rapport.events.queries import api as store
from rapport.people.queries import visible_ids

router = Router(tags=["events"])
router.add_router("", activities.router)
Name = Annotated[str | None, Query(max_length=200, description="Only events of this name")]
Source = Annotated[str | None, Query(max_length=120, description="Only events of this source")]
EARLIEST = dt.datetime(1971, 1, 1, tzinfo=dt.UTC)


class EventOut(Schema):
    """One event; `at` is when it happened, `received_at` when Rapport took it."""

    message_id: str
    event: str
    type: str
    at: dt.datetime
    received_at: dt.datetime
    source: str
    person_id: uuid.UUID
    user_id: str
    anonymous_id: str
    properties: dict[str, Any]
    context: dict[str, Any]


class NameOut(Schema):
    """An event that came in, how often, and of how many people."""

    name: str
    events: int
    people: int
    last_day: dt.date


@router.get("/people/{uuid:person_id}/events", response=Page[EventOut], summary="List a person's events")
def person_events(
    request: HttpRequest,
    person_id: uuid.UUID,
    *,
    event: Name = None,
    source: Source = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Newest first, with the events of everybody merged into them."""
    actor = actor_of(request)
    actor.require("people.view")
    scope = f"events:{person_id}"
    page = store.events_of(
        actor, person_id, event=event, source=source, before=_place(scope, cursor), limit=limit + 1
    )
    return _page(scope, page, "at", limit)


@router.get("/events", response=Page[EventOut], summary="List recent events")
def recent_events(
    request: HttpRequest,
    *,
    event: Name = None,
    source: Source = None,
    since: Annotated[AwareDatetime | None, Query(description="Received after; a day ago if absent")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Everybody's events, last received first."""
    actor = actor_of(request)
    start = max(since or clock_of(request).now() - dt.timedelta(days=1), EARLIEST)
    page = store.recent(
        actor,
        since=start,
        event=event,
        source=source,
        before=_place("events", cursor),
        limit=limit + 1,
    )
    answer = _page("events", page, "received_at", limit)
    # The page was cut before, so that the cursor goes on behind what the caller may not see.
    visible = visible_ids(actor, (row["person_id"] for row in answer["data"]))
    answer["data"] = [row for row in answer["data"] if row["person_id"] in visible]
    return answer


@router.get("/events/names", response=Page[NameOut], summary="List event names")
def event_names(
    request: HttpRequest, days: Annotated[int, Query(ge=1, le=3650, description="Looking back so far")] = 90
) -> dict[str, Any]:
    """Which events came in, most frequent first."""
    since = (clock_of(request).now() - dt.timedelta(days=days)).date()
    return {"data": store.names(actor_of(request), since=since), "next_cursor": None}


def _place(scope: str, cursor: str | None) -> store.Place | None:
    if not cursor:
        return None
    at, message_id = unseal(scope, cursor, 2)
    if not isinstance(at, str) or not isinstance(message_id, str):
        raise Problem(400, "The cursor does not belong to this list.")
    return at, message_id


def _page(scope: str, page: list[dict[str, Any]], by: str, limit: int) -> dict[str, Any]:
    following = None
    if len(page) > limit:
        last = page[limit - 1]
        following = seal(scope, [store.stamp(last[by]), last["message_id"]])
    return {"data": page[:limit], "next_cursor": following}
