"""Settings: webhook endpoints, what each is told, and how that goes."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page
from rapport.events.registry import described_events
from rapport.integrations import queries
from rapport.integrations.forms import EndpointForm, ReplayForm, SecretForm
from rapport.integrations.models import WebhookEndpoint, WebhookMessage
from rapport.integrations.services import endpoints as services

SHOWN = 30


@require_safe
@page("webhooks.view")
def endpoint_list(request: HttpRequest) -> HttpResponseBase:
    """Every endpoint and whether it can be reached."""
    actor = actor_of(request)
    rows = list(queries.endpoints(actor))
    queues = queries.queues([row.pk for row in rows])
    context = {
        "rows": [(row, queues[row.pk]) for row in rows],
        "may_edit": actor.may("webhooks.edit"),
    }
    return settings_page(request, "integrations/endpoints.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("webhooks.edit")
def new(request: HttpRequest) -> HttpResponseBase:
    """Sets up an endpoint and shows its secret, this once."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row, secret = services.create(
                actor=actor_of(request), clock=clock_of(request), **form.cleaned_data
            )
        except ValidationError as error:
            form.add_problems(error)
        else:
            return endpoint_page(request, row, secret=secret)
    context = {"form": form, "known_events": described_events()}
    return settings_page(request, "integrations/endpoint_new.html", context, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("webhooks.view")
@exclusive()
def endpoint(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponseBase:
    """One endpoint: its health, what was sent, and its settings."""
    actor = actor_of(request)
    row = queries.endpoint_for(actor, endpoint_id)
    if request.method != "POST":
        return endpoint_page(request, row)
    form = EndpointForm(request.POST, initial=_values(row))
    if form.is_valid():
        try:
            services.change(actor=actor, endpoint_id=row.pk, clock=clock_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_problems(error)
        else:
            note(request, _("Saved."))
            return redirect("integrations:endpoint", row.pk)
    return endpoint_page(request, row, form=form)


def _values(row: WebhookEndpoint) -> dict[str, str]:
    return {"name": row.name, "url": row.url, "events": "\n".join(row.events)}


def endpoint_page(
    request: HttpRequest,
    row: WebhookEndpoint,
    *,
    form: EndpointForm | None = None,
    replay_form: ReplayForm | None = None,
    secret_form: SecretForm | None = None,
    secret: str = "",
) -> HttpResponseBase:
    """The page of an endpoint, with the form that was just sent, if any."""
    actor, state = actor_of(request), request.GET.get("state", "")
    chosen = state if state in WebhookMessage.State.values else ""
    shown = Paginator(queries.messages(row, state=chosen), SHOWN).get_page(request.GET.get("page"))
    tries = queries.attempts(message.pk for message in shown)
    forms = [entry for entry in (form, replay_form, secret_form) if entry is not None]
    context: dict[str, Any] = {
        "row": row,
        "queue": queries.queues([row.pk])[row.pk],
        "page": shown,
        "messages_shown": [(message, tries.get(message.pk, [])) for message in shown],
        "states": WebhookMessage.State.choices,
        "state": chosen,
        "form": form or EndpointForm(initial=_values(row)),
        "replay_form": replay_form or ReplayForm(initial={"since": row.missed_since}),
        "secret_form": secret_form or SecretForm(),
        "secret": secret,
        "now": clock_of(request).now(),
        "known_events": described_events(),
        "may_edit": actor.may("webhooks.edit"),
    }
    return settings_page(
        request, "integrations/endpoint.html", context, 422 if any(entry.errors for entry in forms) else 200
    )
