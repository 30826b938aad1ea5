"""The event catalogue over REST."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Body, Query, Router
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Problem, Schema, seal, unseal
from rapport.core.api.pages import Cursor, Limit
from rapport.core.links import uses_of
from rapport.events.catalogue import exchange, reading, writing
from rapport.events.models import EventType

router = Router(tags=["event catalogue"])
SCOPE = "event-catalogue"
State = Annotated[str | None, Query(description="seen, declared or deprecated", max_length=12)]


class PropertyOut(Schema):
    """A property; `types` counts the values sampled by type, `suggested` is what it looks like."""

    name: str
    description: str
    types: dict[str, int]
    seen: int
    first_seen_at: dt.datetime | None
    last_seen_at: dt.datetime | None
    suggested: str
    personal: str


class EventTypeOut(Schema):
    """One event name: what is known of it, what is wanted of it, and how often it comes."""

    id: int
    name: str
    description: str
    category: str
    state: str
    sources: list[str]
    total: int
    recent: int
    first_seen_at: dt.datetime | None
    last_seen_at: dt.datetime | None
    event_schema: dict[str, Any] | None = Field(None, alias="schema")
    schema_version: int
    mode: str
    violations: int
    renamed_to: str
    similar_to: str


class ViolationOut(Schema):
    """What broke the schema in the last 30 days."""

    property: str
    reason: str
    source: str
    count: int
    last: dt.datetime
    message_id: str


class EventUseOut(Schema):
    """A segment or campaign that looks for the event."""

    kind: str
    label: str
    url: str


class EventTypeDetail(EventTypeOut):
    """One event name with its properties, violations and uses."""

    properties: list[PropertyOut]
    broken: list[ViolationOut]
    uses: list[EventUseOut]


class DeclareIn(InputSchema):
    """A name for the plan."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: str = ""
    category: Annotated[str, Field(max_length=60)] = ""


class SchemaIn(InputSchema):
    """A schema of the event's properties; null takes it away."""

    event_schema: dict[str, Any] | None = Field(None, alias="schema")
    mode: str = EventType.Mode.OBSERVE


class RenameIn(InputSchema):
    """The name to keep the event under from now on; "" ends the rename."""

    to: Annotated[str, Field(max_length=200)]


class PersonalIn(InputSchema):
    """`yes`, `no` or "" for not decided."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    personal: str


class LoadedOut(Schema):
    """How many events were declared."""

    events: int


@router.get(
    "/event-catalogue", response=Page[EventTypeOut], summary="List the event catalogue", by_alias=True
)
def catalogue(
    request: HttpRequest, *, state: State = None, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Every event name seen or declared, by name."""
    rows = reading.events(actor_of(request)).order_by("name")
    if state:
        rows = rows.filter(state=state)
    if cursor:
        rows = rows.filter(name__gt=unseal(SCOPE, cursor, 1)[0])
    page = list(rows[: limit + 1])
    following = seal(SCOPE, [page[limit - 1].name]) if len(page) > limit else None
    return {"data": page[:limit], "next_cursor": following}


@router.post("/event-catalogue", response={201: EventTypeOut}, summary="Declare an event", by_alias=True)
def declare(request: HttpRequest, body: DeclareIn) -> Any:
    """Puts a name into the plan; one that was seen already becomes declared."""
    return 201, _done(writing.declare, actor=actor_of(request), **body.dict())


@router.get("/event-catalogue/plan", response=dict[str, Any], summary="Get the tracking plan")
def plan(request: HttpRequest) -> dict[str, Any]:
    """The plan as JSON in the shape of Segment Protocols' tracking plans."""
    return exchange.plan_of(actor_of(request))


@router.post("/event-catalogue/plan", response=LoadedOut, summary="Import a tracking plan")
def load(request: HttpRequest, body: Body[dict[str, Any]]) -> dict[str, Any]:
    """Declares every event of a plan; what the plan leaves out stays as it is."""

    def run() -> int:
        return exchange.load(actor=actor_of(request), entries=exchange.read(json.dumps(body).encode()))

    return {"events": _done(run)}


@router.get(
    "/event-catalogue/{int:type_id}",
    response=EventTypeDetail,
    summary="Get a catalogued event",
    by_alias=True,
)
def event_type(request: HttpRequest, type_id: int) -> Any:
    """One event with its properties, violations and what uses it."""
    actor = actor_of(request)
    event = reading.event_for(actor, type_id)
    broken = [
        {**row, "count": row["n"], "message_id": row["example"]} for row in reading.violations(actor, event)
    ]
    columns = {name: getattr(event, name) for name in EventTypeOut.__annotations__ if name != "event_schema"}
    uses = uses_of("event", [event.name])[event.name]
    rows = list(event.properties.order_by("-seen", "name"))
    return columns | {"schema": event.schema, "properties": rows, "broken": broken, "uses": uses}


@router.put(
    "/event-catalogue/{int:type_id}/schema", response=EventTypeOut, summary="Declare a schema", by_alias=True
)
def set_schema(request: HttpRequest, type_id: int, body: SchemaIn) -> Any:
    """A new version, which holds from the next batch of events on."""
    event = reading.event_for(actor_of(request), type_id)
    return _done(
        writing.set_schema,
        actor=actor_of(request),
        event_id=event.pk,
        schema=body.event_schema,
        mode=body.mode,
    )


@router.put(
    "/event-catalogue/{int:type_id}/rename", response=EventTypeOut, summary="Rename an event", by_alias=True
)
def rename(request: HttpRequest, type_id: int, body: RenameIn) -> Any:
    """Under which name events that arrive under this one are kept from now on."""
    event = reading.event_for(actor_of(request), type_id)
    return _done(writing.rename, actor=actor_of(request), event_id=event.pk, to=body.to)


@router.put(
    "/event-catalogue/{int:type_id}/personal",
    response=PropertyOut,
    summary="Flag a property as personal data",
)
def personal(request: HttpRequest, type_id: int, body: PersonalIn) -> Any:
    """Values of flagged properties are masked for who lacks people.personal."""
    event = reading.event_for(actor_of(request), type_id)
    return _done(writing.decide_property, actor=actor_of(request), event_id=event.pk, **body.dict())


def _done(write: Any, **given: Any) -> Any:
    """What the service gives; what it refuses as a problem with its words."""
    try:
        return write(**given)
    except ValidationError as error:
        raise Problem(422, " ".join(error.messages)) from error
