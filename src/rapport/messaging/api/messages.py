"""The REST API of single messages and of the gate."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Annotated, Any, Literal, cast

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.responses import Status

from rapport.core.access import actor_of
from rapport.core.api import Page, Problem, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit, seal, unseal
from rapport.core.clock import clock_of
from rapport.governance.registry import default_channel
from rapport.messaging import queries
from rapport.messaging.api.schemas import GateIn, GateOut, MatchIn, MessageIn, MessageOut, message_out
from rapport.messaging.models import Delivery
from rapport.messaging.queries import thread
from rapport.messaging.services import answers, calls, questions, unmatched
from rapport.people import queries as people

router = Router(tags=["messages"])
Name = Annotated[str, Query(max_length=32)]


_refusals = partial(refusals, "The message cannot be taken.")


@router.post("/messages", response={202: MessageOut}, summary="Send one message, or answer one")
def send(request: HttpRequest, body: MessageIn) -> Any:
    key = request.headers.get("Idempotency-Key", "")
    with _refusals():
        if body.reply_to is not None:
            return Status(202, message_out(_answer(request, body, key)))
        if not body.purpose or not body.to:
            missing = "to" if body.purpose else "purpose"
            raise ValidationError({missing: _("This is needed.")})
        call = calls.Call(
            channel=body.channel or default_channel().key,
            purpose=body.purpose,
            to=body.to,
            template=body.template,
            content=body.content,
            data=body.data,
            send_at=body.send_at,
            key=key,
            files=body.files,
        )
        row = calls.request(actor=actor_of(request), call=call, clock=clock_of(request))
    return Status(202, message_out(row))


def _answer(request: HttpRequest, body: MessageIn, key: str) -> Delivery:
    actor = actor_of(request)
    target = thread.target_of(actor, cast("uuid.UUID", body.reply_to), body.channel)
    if body.to and body.to != {"person": str(target.person.pk)}:
        raise ValidationError({"to": _("An answer goes to the person of the message.")})
    written = answers.Written(
        {name: str(value) for name, value in body.content.items()},
        template=body.template,
        data=body.data,
        files=body.files,
        quotes=body.quote,
        purpose=body.purpose,
        send_at=body.send_at,
        key=key,
    )
    return answers.send(actor=actor, target=target, written=written, clock=clock_of(request))


@router.get("/messages/{uuid:message_id}", response=MessageOut, summary="Get a message and what became of it")
def get_message(request: HttpRequest, message_id: uuid.UUID) -> Any:
    return message_out(thread.message_for(actor_of(request), message_id))


@router.post(
    "/messages/{uuid:message_id}/cancellation", response=MessageOut, summary="Take back a message in time"
)
def cancel(request: HttpRequest, message_id: uuid.UUID) -> Any:
    try:
        row = calls.cancel(actor=actor_of(request), delivery_id=message_id, clock=clock_of(request))
    except ValidationError as error:
        raise Problem(409, error.messages[0]) from error
    return message_out(row)


@router.get(
    "/people/{uuid:person_id}/messages",
    response=Page[MessageOut],
    summary="List the messages to and from a person, newest first",
)
def messages_of(
    request: HttpRequest,
    person_id: uuid.UUID,
    limit: Limit,
    cursor: Cursor = None,
    direction: Literal["", "in", "out"] = "",
    channel: Name = "",
    state: Name = "",
) -> Any:
    actor = actor_of(request)
    actor.require("messages.view")
    person = people.person_for(actor, person_id)
    scope = f"messages {person.pk} {direction} {channel} {state}"
    before = None
    if cursor:
        at, last = unseal(scope, cursor, 2)
        before = thread.Place(dt.datetime.fromisoformat(at), uuid.UUID(last))
    entries = thread.conversation(
        people.family(person.pk),
        wanted=thread.Wanted(direction, channel, state),
        before=before,
        limit=limit + 1,
    )
    page = entries[:limit]
    following = seal(scope, [page[-1].at, page[-1].id]) if len(entries) > limit else None
    data = [message_out(row) for entry in page if (row := entry.delivery or entry.inbound)]
    return {"data": data, "next_cursor": following}


@router.post(
    "/messages/{uuid:message_id}/match", response=MessageOut, summary="Say whose message it was that came in"
)
def match(request: HttpRequest, message_id: uuid.UUID, body: MatchIn) -> Any:
    actor = actor_of(request)
    with _refusals():
        unmatched.match(actor=actor, message_id=message_id, person_id=body.person, clock=clock_of(request))
    return message_out(thread.message_for(actor, message_id))


@router.get("/unmatched-messages", response=Page[MessageOut], summary="List messages of nobody known")
def list_unmatched(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> Any:
    actor = actor_of(request)
    actor.require("messages.answer")
    rows = queries.unmatched(actor).filter(dismissed_at=None)
    data, following = cursor_page(
        rows, scope="unmatched", sort=("-received_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": [message_out(row) for row in data], "next_cursor": following}


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
