"""The mapping's editor: fields at the left, the sample and what becomes of it at the right, live."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.people.queries import sees_everybody
from rapport.transfers.feeds.forms import MappingForm
from rapport.transfers.feeds.presets import PRESETS
from rapport.transfers.feeds.queries import webhooks as queries
from rapport.transfers.feeds.services import trying
from rapport.transfers.feeds.services import webhooks as services
from rapport.transfers.models import Webhook


@require_http_methods(["GET", "POST"])
@page("data.edit")
@exclusive()
def mapping(request: HttpRequest, source_id: int) -> HttpResponse:
    """Saves a mapping only when it makes events of its sample."""
    actor = actor_of(request)
    webhook = queries.webhook_of_source(actor, source_id)
    form = MappingForm(request.POST if request.method == "POST" else None, initial=_initial(request, webhook))
    if request.method == "POST" and form.is_valid():
        try:
            services.save_mapping(
                actor=actor, webhook_id=webhook.pk, mapping=form.mapping(), sample=form.cleaned_data["sample"]
            )
        except ValidationError as error:
            form.add_troubles(error)
        else:
            note(request, _("Published. Waiting payloads are being processed."))
            return redirect("transfers:webhook", source_id)
    context: dict[str, Any] = {
        "form": form,
        "webhook": webhook,
        "source": webhook.source,
        "preview_url": reverse("transfers:mapping_preview", args=[source_id]),
        "back_url": reverse("transfers:webhook", args=[source_id]),
        "presets": list(PRESETS.values()),
        "received": queries.received(actor, webhook)[:50] if sees_everybody(actor) else [],
    }
    return render(request, "transfers/feeds/mapping.html", context, status=422 if form.errors else 200)


def _initial(request: HttpRequest, webhook: Webhook) -> dict[str, Any]:
    """A preset when one was asked for, else what is in use; the sample is a payload received, where there is one."""
    preset = PRESETS.get(request.GET.get("preset", ""))
    if preset is None and webhook.mapping:
        return MappingForm.initial_of(webhook.mapping, webhook.sample)
    preset = preset or PRESETS["generic"]
    newest = webhook.received.order_by("-pk").first() if sees_everybody(actor_of(request)) else None
    sample = newest.body if newest else json.dumps(preset.sample)
    return MappingForm.initial_of(preset.mapping, _pretty(sample))


def _pretty(sample: str) -> str:
    return json.dumps(json.loads(sample), indent=2, ensure_ascii=False)


@require_GET
@page("people.view")
def sample(request: HttpRequest, source_id: int, received_id: int) -> HttpResponse:
    """A received payload as the sample's field."""
    actor = actor_of(request)
    actor.require("data.edit")
    item = queries.received_for(actor, queries.webhook_of_source(actor, source_id), received_id)
    form = MappingForm(initial={"sample": _pretty(item.body)})
    response = render(request, "transfers/feeds/_sample.html", {"form": form})
    response["HX-Trigger-After-Settle"] = "sample"
    return response


@require_POST
@page("data.edit")
def preview(request: HttpRequest, source_id: int) -> HttpResponse:
    """What the mapping, as it stands in the form, makes of the sample."""
    return _trial(request, queries.webhook_of_source(actor_of(request), source_id))


@require_POST
@page("data.edit")
def trial(request: HttpRequest) -> HttpResponse:
    """The same for a sample that came in a file."""
    return _trial(request, None)


def _trial(request: HttpRequest, webhook: Webhook | None) -> HttpResponse:
    form = MappingForm(request.POST)
    form.is_valid()
    text = form.cleaned_data.get("sample", "")
    headers = services.sample_headers(webhook, text) if webhook else {}
    trial = trying.attempt_text(form.mapping(), text, headers, clock_of(request).now())
    try:
        paths = trying.paths(json.loads(text))
    except (ValueError, RecursionError):
        paths = []
    shown = [
        {"call": call, "json": json.dumps(call, indent=2, ensure_ascii=False)} for call in trial.events[:20]
    ]
    called = {name: field.label for name, field in form.fields.items()}
    context = {
        "trial": trial,
        "shown": shown,
        "paths": paths,
        "troubles": [(called.get(trouble.field) or trouble.field, trouble) for trouble in trial.troubles],
        "errors": [(called.get(name) or name, messages) for name, messages in form.errors.items()],
    }
    return render(request, "transfers/feeds/_preview.html", context)
