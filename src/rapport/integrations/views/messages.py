"""One message to an endpoint: what it says, and every try to hand it over."""

from __future__ import annotations

import json
import uuid

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.integrations import queries
from rapport.integrations.services import endpoints
from rapport.integrations.services.payloads import Renderer


@require_safe
@page("webhooks.view")
def message(request: HttpRequest, endpoint_id: uuid.UUID, message_id: int) -> HttpResponseBase:
    """The payload is shown as far as the reader may see it, whatever the endpoint may."""
    actor = actor_of(request)
    endpoint = queries.endpoint_for(actor, endpoint_id)
    row = queries.message_for(endpoint, message_id)
    data = Renderer(actor, [row]).data(row)
    context = {
        "endpoint": endpoint,
        "row": row,
        "payload": json.dumps(data, indent=2, ensure_ascii=False) if data else "",
        "tries": queries.attempts([row.pk]).get(row.pk, []) if data else [],
        "may_edit": actor.may("webhooks.edit"),
    }
    return settings_page(request, "integrations/message.html", context)


@require_POST
@page("webhooks.edit")
def resend(request: HttpRequest, endpoint_id: uuid.UUID, message_id: int) -> HttpResponseBase:
    """Sends it again, under its own id."""
    try:
        endpoints.resend(
            actor=actor_of(request), endpoint_id=endpoint_id, message_id=message_id, clock=clock_of(request)
        )
    except ValidationError as error:
        note(request, error.messages[0])
    else:
        note(request, _("The message is on its way again."))
    return redirect("integrations:message", endpoint_id, message_id)
