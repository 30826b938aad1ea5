"""Toasts: short notes about what just happened, with an undo."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise


def note(request: HttpRequest, text: str | Promise, *, level: str = "success", undo_url: str = "") -> None:
    """Shows a toast on the next full page. `undo_url` is POSTed to by its Undo button."""
    messages.add_message(request, getattr(messages, level.upper()), str(text), extra_tags=undo_url)


def toast(
    response: HttpResponse, text: str | Promise, *, level: str = "success", undo_url: str = ""
) -> HttpResponse:
    """Shows a toast when htmx receives this response."""
    triggers = json.loads(response.headers.get("HX-Trigger", "{}"))
    triggers["toast"] = {"text": str(text), "level": level, "undo": undo_url}
    response.headers["HX-Trigger"] = json.dumps(triggers)
    return response
