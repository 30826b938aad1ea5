"""What the tracker asks and reports about on-site messages."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_safe

from rapport.content.onsite import decisions
from rapport.core import crypto
from rapport.core.services import scripts
from rapport.core.views.scripts import CACHE_CONTROL, encoding_of, from_anywhere, script_answer
from rapport.events.client import Refused, client_view, read

MOST_SLOTS = 20
SCRIPT = Path(__file__).resolve().parent.parent / "static" / "content" / "onsite.js"


@require_http_methods(["GET", "OPTIONS"])
@client_view
def decision(request: HttpRequest) -> HttpResponse:
    """What this visitor may be shown; without an anonymousId (no consent) only what is for everybody."""
    call = read(request)
    messages = decisions.decide(
        None, call.now, person=call.recognised(), visitor=call.anonymous_id, passing=_passing(request)
    )
    return JsonResponse({"messages": messages})


@require_http_methods(["GET", "OPTIONS"])
@client_view
def slots(request: HttpRequest) -> HttpResponse:
    """What fills these slots of a page for this visitor; null: what stands there anyway."""
    call = read(request)
    ids = [name for name in call.text("ids", 2_000).split(",") if name][:MOST_SLOTS]
    visitor, passing = call.anonymous_id, _passing(request)
    messages = decisions.decide(
        None, call.now, person=call.recognised(), slots=ids, visitor=visitor, passing=passing
    )
    filled = {message["slot"]: message for message in messages}
    return JsonResponse({"slots": {name: filled.get(name) for name in ids}})


def _passing(request: HttpRequest) -> str:
    """By what a test draws whom nobody may recognise: not kept, and the same while network and browser are."""
    address, agent = str(request.META.get("REMOTE_ADDR") or ""), request.headers.get("User-Agent", "")
    return crypto.digest(crypto.sign("on-site-unit", f"{address}\0{agent}".encode()))[:32]


@require_http_methods(["POST", "OPTIONS"])
@client_view
def report(request: HttpRequest) -> HttpResponse:
    """What became of a message: shown, clicked, dismissed."""
    call = read(request)
    try:
        message_id = uuid.UUID(call.text("message"))
    except ValueError as error:
        raise Refused(422, "invalid", "message is the id of a message.") from error
    decisions.report(message_id=message_id, person_id=call.person(), what=call.text("event"), now=call.now)
    return HttpResponse(status=204)


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """What the tracker loads to show messages."""
    return script_answer(request, scripts.stripped(SCRIPT, encoding_of(request)))


@require_safe
def slot_style(_request: HttpRequest) -> HttpResponse:
    """Hides slots until they are filled, at most 300 ms: then what stands there shows, without any script."""
    rules = (
        "@keyframes rapport-slot{to{visibility:visible}}"
        "[data-rapport-slot]:not([data-rapport-filled]){visibility:hidden;animation:rapport-slot 0s .3s both}\n"
    )
    response = HttpResponse(rules, content_type="text/css; charset=utf-8")
    return from_anywhere(response, CACHE_CONTROL)
