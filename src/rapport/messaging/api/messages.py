"""The REST API of single messages and of the gate."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from rapport.core.access import actor_of
from rapport.core.api import Page, Problem, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of
from rapport.messaging import queries
from rapport.messaging.api.schemas import GateIn, GateOut, MessageIn, MessageOut
from rapport.messaging.services import calls, questions
from rapport.people import queries as people

router = Router(tags=["messages"])


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        problems = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        at = {f"/body/{name}".rstrip("/"): words[0] for name, words in problems.items()}
        raise Problem(422, "The message cannot be taken.", at) from error


@router.post("/messages", response={202: MessageOut}, summary="Send one message")
def send(request: HttpRequest, body: MessageIn) -> Any:
    call = calls.Call(
        channel=body.channel,
        purpose=body.purpose,
        to=body.to,
        template=body.template,
        content=body.content,
        data=body.data,
        send_at=body.send_at,
        key=request.headers.get("Idempotency-Key", ""),
    )
    with _refusals():
        row = calls.request(actor=actor_of(request), call=call, clock=clock_of(request))
    return Status(202, row)


@router.get("/messages/{uuid:message_id}", response=MessageOut, summary="Get a message and what became of it")
def get_message(request: HttpRequest, message_id: uuid.UUID) -> Any:
    return queries.delivery_for(actor_of(request), message_id)


@router.post(
    "/messages/{uuid:message_id}/cancellation", response=MessageOut, summary="Take back a message in time"
)
def cancel(request: HttpRequest, message_id: uuid.UUID) -> Any:
    try:
        return calls.cancel(actor=actor_of(request), delivery_id=message_id, clock=clock_of(request))
    except ValidationError as error:
        raise Problem(409, error.messages[0]) from error


@router.get(
    "/people/{uuid:person_id}/messages", response=Page[MessageOut], summary="List the messages to a person"
)
def messages_of(request: HttpRequest, person_id: uuid.UUID, limit: Limit, cursor: Cursor = None) -> Any:
    actor = actor_of(request)
    actor.require("messages.view")
    person = people.person_for(actor, person_id)
    rows = queries.deliveries_of(people.family(person.pk))
    data, following = cursor_page(
        rows, scope=f"messages {person.pk}", sort=("-queued_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": data, "next_cursor": following}


@router.post("/gate", response=GateOut, summary="Say what would happen to a message, without sending it")
def gate(request: HttpRequest, body: GateIn) -> Any:
    actor = actor_of(request)
    actor.require("messages.view")
    with _refusals():
        return questions.ask(
            actor=actor,
            person_id=body.person,
            channel=body.channel,
            purpose=body.purpose,
            at=body.at or clock_of(request).now(),
            priority=body.priority,
        )
