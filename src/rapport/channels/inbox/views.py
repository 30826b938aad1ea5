"""The inbox as apps ask for it: only for the user whom the business's own server signed for."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from rapport.channels.inbox import messages
from rapport.channels.inbox.models import InboxMessage
from rapport.core.api import Problem, seal, unseal
from rapport.events.client import Refused, client_view, read

SCOPE = "inbox"


@require_http_methods(["GET", "OPTIONS"])
@client_view
def inbox(request: HttpRequest) -> HttpResponse:
    """A page of messages, newest first, and how many are unread."""
    call = read(request)
    person = call.proven_person()
    rows = messages.current(person, call.now)
    if cursor := call.text("cursor"):
        try:
            at, pk = unseal(SCOPE, cursor, 2)
        except Problem as error:
            raise Refused(400, "invalid_cursor", "The cursor does not belong to this list.") from error
        before = dt.datetime.fromisoformat(str(at))
        rows = rows.filter(created_at__lte=before).exclude(created_at=before, pk__gte=uuid.UUID(str(pk)))
    try:
        limit = max(1, min(int(call.text("limit") or 20), messages.MOST))
    except ValueError as error:
        raise Refused(422, "invalid", "limit is a number up to 50.") from error
    page = list(rows[: limit + 1])
    last = page[limit - 1] if len(page) > limit else None
    following = seal(SCOPE, [last.created_at.isoformat(), str(last.pk)]) if last else None
    shown = [_shown(row) for row in page[:limit]]
    return JsonResponse(
        {"messages": shown, "unread": messages.unread(person, call.now), "next_cursor": following}
    )


def _shown(row: InboxMessage) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "title": row.title,
        "body": row.body,
        "url": row.url,
        "label": row.label,
        "image": row.image,
        "created_at": row.created_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "read_at": row.read_at.isoformat() if row.read_at else None,
    }


@require_http_methods(["POST", "OPTIONS"])
@client_view
def read_all(request: HttpRequest) -> HttpResponse:
    """Marks everything as read, or only `ids`."""
    call = read(request)
    person = call.proven_person()
    try:
        ids = call.data.get("ids")
        chosen = None if ids is None else [uuid.UUID(str(pk)) for pk in list(ids)[:1000]]
    except (ValueError, TypeError) as error:
        raise Refused(422, "invalid", "ids is a list of ids of messages.") from error
    count = messages.read(person_id=person, message_ids=chosen, now=call.now)
    return JsonResponse({"read": count, "unread": messages.unread(person, call.now)})


@require_http_methods(["POST", "OPTIONS"])
@client_view
def click(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Notes that the link of a message was followed."""
    call = read(request)
    return _done(messages.click(person_id=call.proven_person(), message_id=message_id, now=call.now))


@require_http_methods(["POST", "OPTIONS"])
@client_view
def dismiss(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Takes a message out of the inbox."""
    call = read(request)
    return _done(messages.dismiss(person_id=call.proven_person(), message_id=message_id, now=call.now))


def _done(is_theirs: bool) -> HttpResponse:
    if not is_theirs:
        raise Refused(404, "not_found", "There is no such message.")
    return JsonResponse({"success": True})
