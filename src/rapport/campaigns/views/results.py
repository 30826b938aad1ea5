"""What came of a campaign: the moving part of its page, and all that the page shows."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign
from rapport.core.access import actor_of
from rapport.core.clock import SYSTEM, Clock
from rapport.core.ui import formats
from rapport.core.ui.charts import Chart, Series
from rapport.core.views.pages import page
from rapport.messaging import queries as messaging
from rapport.messaging.services import gate

STATUSES: dict[str, tuple[Any, str]] = {
    "draft": (gettext_lazy("Draft"), ""),
    "scheduled": (gettext_lazy("Scheduled"), "accent"),
    "preparing": (gettext_lazy("Preparing"), "live"),
    "sending": (gettext_lazy("Sending"), "live"),
    "paused": (gettext_lazy("Paused"), "warn"),
    "cancelled": (gettext_lazy("Cancelled"), "bad"),
    "sent": (gettext_lazy("Sent"), "good"),
}


@page("campaigns.view")
def live(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """The moving part of a campaign's page, asked for every second while it moves."""
    campaign = queries.campaign_for(actor_of(request), campaign_id)
    if campaign.send is None:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "campaigns/campaign_live.html", {"polled": True, **context(request, campaign)})


def context(request: HttpRequest, campaign: Campaign, clock: Clock = SYSTEM) -> dict[str, Any]:
    send = campaign.send
    assert send is not None
    results = messaging.results(send)
    status = queries.status(campaign)
    hold = messaging.open_hold(send) if status == "paused" else None
    label, tone = STATUSES[status]
    ledger = reverse("messaging:deliveries", args=[send.pk])
    return {
        "campaign": campaign,
        "send": send,
        "hold": hold,
        "results": results,
        "rates": {
            name: results.rate(getattr(results, name))
            for name in ("opened_human", "clicked_human", "unsubscribed")
        },
        "status": status,
        "status_label": label,
        "status_tone": tone,
        "reasons": _reasons(results, ledger),
        "links": messaging.link_results(send),
        "chart": _chart(messaging.engagement_series(send, send.send_at, clock.now())),
        "ledger_url": ledger,
        "may_send": actor_of(request).may("campaigns.send"),
        "moving": status in {"scheduled", "preparing", "sending"},
        "machines_hint": _machines(results),
    }


def _reasons(results: messaging.Results, ledger: str) -> list[dict[str, Any]]:
    """Why deliveries were not sent, the most frequent first."""
    counted = sorted(results.reasons.items(), key=lambda item: -item[1])
    return [
        {"text": gate.REASONS.get(reason, reason), "count": count, "url": f"{ledger}?reason={reason}"}
        for (_state, reason), count in counted
    ]


def _chart(series: dict[str, list[Any]]) -> Chart | None:
    """First opens and clicks over time; nothing to draw before there is any."""
    if not series["at"]:
        return None
    return Chart(
        kind="line" if len(series["at"]) > 2 else "bar",
        x_name=_("When"),
        x_values=series["at"],
        series=[Series(_("Opens"), series["open"]), Series(_("Clicks"), series["click"])],
        y_name=_("People"),
    )


def _machines(results: messaging.Results) -> str:
    count = results.opened_machine
    return ngettext("and %(n)s by bots only", "and %(n)s by bots only", count) % {"n": formats.number(count)}
