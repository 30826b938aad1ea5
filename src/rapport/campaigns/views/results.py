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
from rapport.campaigns.services import audience, rules
from rapport.campaigns.services.campaign_words import words
from rapport.campaigns.services.compared import compared
from rapport.campaigns.services.testing import sends_of
from rapport.core.access import actor_of
from rapport.core.clock import SYSTEM, Clock
from rapport.core.ui import formats
from rapport.core.ui.charts import Chart, Series
from rapport.core.views.pages import page
from rapport.messaging import queries as messaging
from rapport.messaging.services import gate

SHOWN, LATEST = 5, 50  # runs that are to come, and those that were
COUNTED = "results_counted"  # in the session: people, or everything
MOVING = {"scheduled", "preparing", "sending"}
STATUSES: dict[str, tuple[Any, str]] = {
    "draft": (gettext_lazy("Draft"), ""),
    "planned": (gettext_lazy("Planned"), "accent"),
    "missed": (gettext_lazy("Left out"), "warn"),
    "active": (gettext_lazy("Active"), "live"),
    "scheduled": (gettext_lazy("Scheduled"), "accent"),
    "preparing": (gettext_lazy("Preparing"), "live"),
    "testing": (gettext_lazy("Testing"), "live"),
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
    sends = sends_of(campaign)
    results = messaging.results(*sends)
    status = queries.status(campaign)
    holds = [messaging.open_hold(row) for row in sends] if status == "paused" else []
    label, tone = STATUSES[status]
    ledger = reverse("messaging:deliveries", args=[send.pk]) + "?whole=1"
    machines = _with_machines(request)
    return {
        "campaign": campaign,
        "send": send,
        "hold": next((hold for hold in holds if hold), None),
        "cancelled": next((row for row in sends if row.cancelled_at), send),
        "results": results,
        "status": status,
        "status_label": label,
        "status_tone": tone,
        "reasons": _reasons(results, ledger),
        "links": messaging.link_results(*sends),
        "versions": list({row.template_version_id: row.template_version for row in sends}.values()),
        "machines": machines,
        "chart": _chart(
            messaging.engagement_series(sends, send.send_at, clock.now(), machines=machines), machines
        ),
        "ledger_url": ledger,
        "may_send": actor_of(request).may("campaigns.send"),
        "may_edit": actor_of(request).may("campaigns.edit"),
        "begun": rules.is_active(campaign),
        "begins": words(campaign.rule) if rules.rule_of(campaign) else "",
        "moving": status in MOVING or (status == "testing" and results.done < results.total),
        "rest_at": audience.rest_due(campaign) if status == "testing" else None,
        "rest": max(0, campaign.segment.size - results.total),
        "figures": _figures(results, machines),
        "test": compared(campaign, machines=machines),
    }


def series_context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """A recurring campaign: when it goes out, and what came of each run."""
    status = queries.status(campaign)
    label, tone = STATUSES[status]
    runs = runs_of(request, campaign)
    actor = actor_of(request)
    return {
        "campaign": campaign,
        "status": status,
        "status_label": label,
        "status_tone": tone,
        "begun": rules.is_active(campaign),
        "begins": words(campaign.rule),
        "runs": runs,
        "results": messaging.together(run.results for run in runs),
        "may_send": actor.may("campaigns.send"),
        "may_edit": actor.may("campaigns.edit"),
    }


def runs_of(request: HttpRequest, campaign: Campaign) -> list[Any]:
    """The next runs and those before them, with what came of each."""
    rows = queries.runs(actor_of(request), campaign)
    to_come = list(rows.filter(send=None, archived_at=None).order_by("planned_at")[:SHOWN])
    shown: list[Any] = to_come[::-1] + list(
        rows.exclude(send=None, archived_at=None).order_by("-planned_at")[:LATEST]
    )
    counted = messaging.results_of_origin("campaign", [str(row.pk) for row in shown])
    for row in shown:
        row.results = counted.get(str(row.pk), messaging.Results())
        row.status = queries.status(row)
        row.status_label, row.status_tone = STATUSES[row.status]
    return shown


def _figures(results: messaging.Results, machines: bool) -> dict[str, dict[str, Any]]:
    """What was done with the messages: {"opened": {"count", "hint"}, …}."""
    counts = {
        "opened": (results.opened if machines else results.opened_human, results.opened_machine),
        "clicked": (results.clicked if machines else results.clicked_human, results.clicked_machine),
        "unsubscribed": (results.unsubscribed, results.unsubscribed_machine),
    }
    return {
        name: {
            "count": count,
            "hint": ", ".join(
                filter(
                    None,
                    (
                        formats.percent(results.rate(count)),
                        _machines(by_machine, machines or name == "unsubscribed"),
                    ),
                )
            ),
        }
        for name, (count, by_machine) in counts.items()
    }


def _with_machines(request: HttpRequest) -> bool:
    """Whether machines are counted too: as chosen here or, if nothing is, the last time."""
    chosen = request.GET.get("counted")
    if chosen in {"people", "everything"}:
        request.session[COUNTED] = chosen
    return request.session.get(COUNTED) == "everything"


def _reasons(results: messaging.Results, ledger: str) -> list[dict[str, Any]]:
    """Why deliveries were not sent, the most frequent first."""
    counted = sorted(results.reasons.items(), key=lambda item: -item[1])
    return [
        {"text": gate.REASONS.get(reason, reason), "count": count, "url": f"{ledger}&reason={reason}"}
        for (_state, reason), count in counted
    ]


def _chart(series: dict[str, list[Any]], machines: bool) -> Chart | None:
    """First opens and clicks over time; nothing to draw before there is any."""
    if not series["at"]:
        return None
    return Chart(
        kind="line" if len(series["at"]) > 2 else "bar",
        x_name=_("When"),
        x_values=series["at"],
        series=[Series(_("Opens"), series["open"]), Series(_("Clicks"), series["click"])],
        y_name=_("Messages") if machines else _("People"),
    )


def _machines(count: int, included: bool) -> str:
    """How many of a figure were machines, or are left out of it; nothing where there were none."""
    if not count:
        return ""
    if included:
        words = ngettext("%(n)s of them by a machine", "%(n)s of them by machines", count)
    else:
        words = ngettext("and %(n)s by a machine only", "and %(n)s by machines only", count)
    return words % {"n": formats.number(count)}
