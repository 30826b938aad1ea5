"""The pages of webhook sources: address, proof, mapping with a live trial, and what came in."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.events.queries import masking
from rapport.events.queries import received as events_of_source
from rapport.people.queries import sees_everybody
from rapport.transfers.feeds import addresses
from rapport.transfers.feeds.forms import NewWebhookForm, SecurityForm
from rapport.transfers.feeds.queries import webhooks as queries
from rapport.transfers.feeds.services import webhooks as services
from rapport.transfers.models import Received, Webhook


@require_http_methods(["GET", "POST"])
@page("data.edit")
def new_webhook(request: HttpRequest) -> HttpResponse:
    form = NewWebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            webhook = services.create_webhook(actor=actor_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("The address is ready. Enter it in the sending system, or map a sample first."))
            response = redirect("transfers:webhook", webhook.source_id)
            response["Location"] += f"?preset={form.cleaned_data['preset']}"
            return response
    return render(request, "transfers/feeds/new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@page("data.view")
def webhook(request: HttpRequest, source_id: int) -> HttpResponse:
    """One webhook: where to send, how it proves itself, what came and what became of it."""
    actor = actor_of(request)
    row = queries.webhook_of_source(actor, source_id)
    counts = queries.counts(actor, row)
    context: dict[str, Any] = {
        "webhook": row,
        "source": row.source,
        "address": addresses.of(row),
        "counts": counts,
        "events": events_of_source(actor, row.source),
        "preset": request.GET.get("preset", ""),
        "may_edit": actor.may("data.edit"),
        "state": queries.states([source_id])[source_id],
    }
    if sees_everybody(actor):
        context["received"] = queries.received(actor, row)[:50]
    return render(request, "transfers/feeds/webhook.html", context)


@require_GET
@page("people.view")
def received(request: HttpRequest, source_id: int, received_id: int) -> HttpResponse:
    """One payload with its headers, and why it failed."""
    actor = actor_of(request)
    webhook = queries.webhook_of_source(actor, source_id)
    item = queries.received_for(actor, webhook, received_id)
    context = {
        "webhook": webhook,
        "item": item,
        "body": json.dumps(queries.payload_of(actor, item), indent=2, ensure_ascii=False),
        "hidden": not actor.may(masking.PERMISSION),
        "failed": item.state == Received.State.FAILED,
        "may_edit": actor.may("data.edit"),
    }
    return render(request, "transfers/feeds/received.html", context)


@require_http_methods(["GET", "POST"])
@page("data.edit")
@exclusive()
def security(request: HttpRequest, source_id: int) -> HttpResponse:
    actor = actor_of(request)
    webhook = queries.webhook_of_source(actor, source_id)
    form = SecurityForm(request.POST or None, initial=SecurityForm.initial_of(webhook))
    if request.method == "POST" and form.is_valid():
        try:
            services.secure(actor=actor, webhook_id=webhook.pk, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("Saved."))
            return redirect("transfers:webhook", source_id)
    context = {"form": form, "webhook": webhook, "source": webhook.source}
    return render(request, "transfers/feeds/security.html", context, status=422 if form.errors else 200)


@require_POST
@page("data.edit")
def decide(request: HttpRequest, source_id: int) -> HttpResponse:
    """Replays or discards what failed: one payload, or all."""
    actor = actor_of(request)
    webhook = queries.webhook_of_source(actor, source_id)
    received_id = request.POST.get("received", "")
    do = services.discard if request.POST.get("action") == "discard" else services.replay
    count = do(
        actor=actor, webhook_id=webhook.pk, received_id=int(received_id) if received_id.isdecimal() else None
    )
    text = (
        ngettext("%(count)d payload discarded.", "%(count)d payloads discarded.", count)
        if do is services.discard
        else ngettext("%(count)d payload is being replayed.", "%(count)d payloads are being replayed.", count)
    )
    note(request, text % {"count": count})
    return redirect("transfers:webhook", source_id)


@require_POST
@page("data.edit")
def rotate(request: HttpRequest, source_id: int) -> HttpResponse:
    webhook = _found(request, source_id)
    services.rotate_token(actor=actor_of(request), webhook_id=webhook.pk)
    note(request, _("The old address is refused from now on. Enter the new one in the sending system."))
    return redirect("transfers:webhook", source_id)


def _found(request: HttpRequest, source_id: int) -> Webhook:
    return queries.webhook_of_source(actor_of(request), source_id)
