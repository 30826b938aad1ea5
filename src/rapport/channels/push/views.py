"""What browsers and apps ask and report about push: the key, their device, its end, and what became of a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_safe

from rapport.channels.incoming import Receipt, ReceiptKind
from rapport.channels.push import devices, reports, vapid
from rapport.channels.registry import came_in
from rapport.core.clock import clock_of
from rapport.core.services import scripts
from rapport.core.views.scripts import encoding_of, script_answer
from rapport.events.client import ClientCall, Refused, body_of, client_view, read

STATIC = Path(__file__).resolve().parent.parent / "static" / "channels"
KINDS = {"shown": ReceiptKind.DELIVERED, "opened": ReceiptKind.READ, "clicked": ReceiptKind.CLICKED}


@require_http_methods(["GET", "OPTIONS"])
@client_view
def key(request: HttpRequest) -> HttpResponse:
    """The key that browsers subscribe with."""
    read(request)
    response = JsonResponse({"publicKey": vapid.public_key()})
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_http_methods(["POST", "OPTIONS"])
@client_view
def register(request: HttpRequest) -> HttpResponse:
    """Takes a device for whoever uses it now."""
    call = read(request)
    kind, token = _named(call)
    try:
        with transaction.atomic():
            devices.register(
                person_id=call.met_person(),
                kind=kind,
                token=token,
                app=call.text("app", 120) or request.headers.get("Origin", ""),
                name=call.text("name", 120),
                language=call.text("language", 35),
                source=call.source.name,
                is_proven=bool(call.user_id),
                now=call.now,
            )
    except devices.Invalid as error:
        raise Refused(422, "invalid_device", f"{error}.") from error
    return JsonResponse({"success": True})


@require_http_methods(["POST", "OPTIONS"])
@client_view
def detach(request: HttpRequest) -> HttpResponse:
    """Ends a device; what is not known is ended already."""
    call = read(request)
    kind, token = _named(call)
    devices.detach(kind=kind, token=token, now=call.now)
    return JsonResponse({"success": True})


@require_http_methods(["POST", "OPTIONS"])
@client_view
def renew(request: HttpRequest) -> HttpResponse:
    """Puts a browser's new subscription in the place of the one it had: whoever knows that one may."""
    call = read(request)
    before, after = (call.data.get(name) for name in ("before", "subscription"))
    if isinstance(before, dict) and isinstance(after, dict):
        devices.renew(before=before, after=after, now=call.now)
    return JsonResponse({"success": True})


@require_http_methods(["POST", "OPTIONS"])
@client_view
def report(request: HttpRequest) -> HttpResponse:
    """What a device says became of a message. The token in the message is the authority."""
    data, now = body_of(request), clock_of(request).now()
    reference = reports.reference_of(str(data.get("token") or ""))
    if kind := KINDS.get(str(data.get("event"))):
        with transaction.atomic():
            came_in("push", [Receipt(kind, now, reference=reference)], now)
    return HttpResponse(status=204)


def _named(call: ClientCall) -> tuple[str, Any]:
    """Kind and token of the device."""
    kind = call.text("kind") or "web"
    token = call.data.get("subscription") if kind == "web" else call.data.get("token")
    return kind, token if isinstance(token, str | dict) else ""


@require_safe
def page_script(request: HttpRequest) -> HttpResponse:
    """What the tracker loads when a page asks for push."""
    return script_answer(request, scripts.stripped(STATIC / "push.js", encoding_of(request)))


@require_safe
def worker_script(request: HttpRequest) -> HttpResponse:
    """The service worker, which a website imports in a file of its own."""
    return script_answer(request, scripts.stripped(STATIC / "push-worker.js", encoding_of(request)))
