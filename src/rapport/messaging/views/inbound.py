"""A message of a person, as it came in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rapport.core.access import actor_of
from rapport.core.views.pages import page
from rapport.governance.registry import channel_label
from rapport.messaging import queries


@require_safe
@page("messages.view")
def message(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Who wrote what, when, over which channel, and in answer to what."""
    row = queries.inbound_message_for(actor_of(request), message_id)
    return render(request, "messaging/message.html", {"row": row, "channel": channel_label(row.channel)})
