"""The ledger of a send, line by line, and why each line is as it is."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from rapport.content.services.previews import PREVIEW_POLICY
from rapport.core.access import actor_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.views.pages import page
from rapport.messaging import queries
from rapport.messaging.models import Delivery, Send
from rapport.messaging.reason_words import in_words
from rapport.messaging.registry import send_origin
from rapport.messaging.services import evidence, gate
from rapport.messaging.services.as_sent import as_sent

TONES = {
    "sent": "good",
    "skipped": "",
    "failed": "bad",
    "uncertain": "warn",
    "queued": "accent",
    "claimed": "live",
}
STATES = {
    "queued": gettext_lazy("Waiting"),
    "claimed": gettext_lazy("Being sent"),
    "sent": gettext_lazy("Sent"),
    "skipped": gettext_lazy("Not sent"),
    "failed": gettext_lazy("Failed"),
    "uncertain": gettext_lazy("Uncertain"),
}


def state_badge(delivery: Delivery) -> Any:
    return badge(STATES[delivery.state], TONES[delivery.state])


def reason_text(delivery: Delivery) -> str:
    return str(gate.REASONS.get(delivery.reason, delivery.reason))


def variant_of(delivery: Delivery) -> str:
    return str((delivery.explanation.get("experiment") or {}).get("name", ""))


class DeliveryList(ListPage):
    name = "deliveries"
    title = gettext_lazy("Deliveries")
    empty = (
        gettext_lazy("Nothing sent yet"),
        gettext_lazy("Each message to each person is listed here, with what became of it and why."),
    )
    template = "messaging/deliveries.html"
    default_sort = "-finished_at"
    export_permission = "people.export"
    search_in = ("address", "person__name")
    extra_parameters = ("reason", "whole")
    columns = (
        Column(
            "person",
            gettext_lazy("Person"),
            value=lambda row: str(row.person or ""),
            cell=lambda row: str(row.person or _("Erased person")),
            main=True,
        ),
        Column("state", gettext_lazy("State"), cell=state_badge),
        Column("reason", gettext_lazy("Reason"), value=reason_text),
        Column("address", gettext_lazy("Address"), shown=False),
        Column("variant", gettext_lazy("Variant"), value=variant_of, shown=False),
        Column("finished_at", gettext_lazy("When"), sort="finished_at"),
    )
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=tuple(STATES.items())),
        ChoiceFilter("reason", gettext_lazy("Reason"), choices=tuple(gate.REASONS.items())),
        TextFilter("address", gettext_lazy("Address")),
        DateFilter("finished_at", gettext_lazy("When")),
    )

    def rows(self) -> Any:
        send: Send = self.kwargs["send"]
        sends = queries.siblings(send) if self.request.GET.get("whole") else send
        return queries.deliveries(self.actor, sends, reason=self.request.GET.get("reason", "")[:64])

    def url(self, row: Delivery) -> str:
        return reverse("messaging:delivery", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return _origin(self.kwargs["send"])


@page("messages.view")
def delivery_list(request: HttpRequest, send_id: int) -> HttpResponseBase:
    return DeliveryList(request, send=queries.send_for(actor_of(request), send_id)).respond()


def _origin(send: Send) -> dict[str, str]:
    """What ordered a send: {origin_label, origin_name, origin_url}."""
    origin = send_origin(send.origin)
    name = queries.descriptions([send])[send.pk].name
    return {
        "origin_label": str(origin.label),
        "origin_name": name,
        "origin_url": origin.url(send.origin_id),
    }


@page("messages.view")
def why(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Everything that decided about one message to one person."""
    delivery = queries.delivery_for(actor_of(request), delivery_id)
    explanation = delivery.explanation
    checked = explanation.get("gate") or {}
    segment = explanation.get("segment") or {}
    context = {
        "delivery": delivery,
        **_origin(delivery.send),
        "state": STATES[delivery.state],
        "tone": TONES[delivery.state],
        "reason": reason_text(delivery) if delivery.reason else "",
        "decision": gate.REASONS.get(checked.get("verdict", ""), ""),
        "segment": segment,
        "experiment": explanation.get("experiment"),
        "entered_at": _moment(segment.get("entered_at")),
        "gate": checked,
        "checked_at": _moment(checked.get("at")),
        "expires_at": _moment(checked.get("expires_at")),
        "waits_until": _moment(checked.get("not_before")) if delivery.state == "queued" else None,
        "consent": checked.get("consent"),
        "consent_at": _moment((checked.get("consent") or {}).get("at")),
        "address_withdrawal": checked.get("address_withdrawal"),
        "address_withdrawn_at": _moment((checked.get("address_withdrawal") or {}).get("at")),
        "receipts": [(row, in_words(row.reason)) for row in delivery.receipts.order_by("at")],
        "replies": delivery.replies.order_by("received_at"),
        "sent_as": as_sent(delivery),
        "engagements": [
            (row, evidence.words(row.human_reasons))
            for row in delivery.engagements.select_related("link").order_by("first_at")
        ],
        "traps": delivery.tracking_requests.filter(kind="trap").order_by("at")[:1],
    }
    return render(request, "messaging/delivery.html", context)


@xframe_options_sameorigin
@require_safe
@page("messages.view")
def content(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """The message as it was sent, in a page with a policy of its own: inline styles yes, scripts never."""
    rendered = as_sent(queries.delivery_for(actor_of(request), delivery_id))
    if rendered is None:
        raise Http404
    if rendered.html:
        response = HttpResponse(rendered.html)
    else:
        texts = "\n\n".join(text for text in rendered.fields.values() if text)
        response = HttpResponse(texts, content_type="text/plain; charset=utf-8")
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _moment(text: Any) -> Any:
    return parse_datetime(text) if isinstance(text, str) else None
