"""What the tracker asks and reports about on-site messages."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_safe

from rapport.content.onsite import decisions
from rapport.core.services import scripts
from rapport.core.views.scripts import encoding_of, script_answer
from rapport.events.client import Refused, client_view, read

SCRIPT = Path(__file__).resolve().parent.parent / "static" / "content" / "onsite.js"


@require_http_methods(["GET", "OPTIONS"])
@client_view
def decision(request: HttpRequest) -> HttpResponse:
    """What this visitor may be shown; without an anonymousId (no consent) only what is for everybody."""
    call = read(request)
    return JsonResponse({"messages": decisions.decide(call.person(), call.now)})


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
