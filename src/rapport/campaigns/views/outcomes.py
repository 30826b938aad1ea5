"""What a campaign brought in detail, its mail with the clicks drawn on it, and campaigns side by side."""

from __future__ import annotations

import csv
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign
from rapport.campaigns.queries.outcomes import DAYS, Outcome, outcome
from rapport.campaigns.services import link_map as maps
from rapport.campaigns.services.benchmark import beside
from rapport.campaigns.services.testing import sends_of
from rapport.content.services.previews import PREVIEW_POLICY
from rapport.core.access import Actor, actor_of
from rapport.core.ui.charts import Chart, Series
from rapport.core.ui.lists import BulkAction, BulkResult
from rapport.core.ui.lists.columns import csv_value
from rapport.core.views.pages import page
from rapport.messaging import queries as messaging
from rapport.messaging.queries import outcomes as detail

MOST, DOMAINS = 10, 12
WINDOWS = (1, 3, 7, 14, 30)
RATES = {
    "opened": gettext_lazy("Opened by people"),
    "clicked": gettext_lazy("Clicked by people"),
    "unsubscribed": gettext_lazy("Unsubscribed"),
}


@require_safe
@page("campaigns.view")
def outcomes(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """The part of a campaign's page about sales, domains and reactions, loaded when it is seen."""
    campaign = queries.campaign_for(actor_of(request), campaign_id)
    sends = sends_of(campaign)
    if campaign.send is None or not sends:
        return HttpResponse(status=204)
    days = _window(request)
    results = messaging.results(*sends)
    domains = [row for row in detail.domains([send.pk for send in sends]) if row.name]
    lines, past = beside(campaign, results)
    context = {
        "campaign": campaign,
        "outcome": outcome(campaign, sends, days),
        "days": days,
        "windows": WINDOWS,
        "results": results,
        "domains": domains[:DOMAINS],
        "complained": sum(row.complained for row in domains),
        "bounced": sum(row.bounced for row in domains),
        "chart": _reactions(sends),
        "beside": [(RATES[line.name], line) for line in lines],
        "past": past,
        "has_map": bool(campaign.send.template_version.html),
    }
    return render(request, "campaigns/campaign_outcomes.html", context)


def _window(request: HttpRequest) -> int:
    given = request.GET.get("days", "")
    return int(given) if given in {str(days) for days in WINDOWS} else DAYS


def _reactions(sends: list[Any]) -> Chart | None:
    """First opens and clicks of people by how long after the message."""
    counted = detail.reactions([send.pk for send in sends])
    if not any(sum(row) for row in counted.values()):
        return None
    names = [_("within an hour"), *(_span(hours) for hours in detail.AFTER[1:]), _("later")]
    series = [Series(_("Opens"), counted["open"]), Series(_("Clicks"), counted["click"])]
    return Chart("bar", _("After the message"), names, series, _("People"))


def _span(hours: int) -> str:
    if hours <= 24:
        return _("%(n)s hours") % {"n": hours}
    return _("%(n)s days") % {"n": hours // 24}


@xframe_options_sameorigin
@require_safe
@page("campaigns.view")
def link_map(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """The mail with the clicks of people beside each link, under a policy of its own: never scripts."""
    campaign = queries.campaign_for(actor_of(request), campaign_id)
    if campaign.send is None:
        return HttpResponse(status=204)
    sends = [
        send for send in sends_of(campaign) if send.template_version_id == campaign.send.template_version_id
    ] or [campaign.send]
    clicks = {link["position"]: link["human"] for link in messaging.link_results(*sends)}
    drawn = maps.drawn(campaign.send.template_version, clicks, messaging.results(*sends).sent)
    if drawn is None:
        raise Http404
    response = HttpResponse(drawn)
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    response.headers["Cache-Control"] = "no-store, private"
    return response


@require_safe
@page("campaigns.view")
def comparison(request: HttpRequest) -> HttpResponse:
    """Up to ten campaigns side by side (`ids`), also as CSV (`export`)."""
    actor = actor_of(request)
    days = _window(request)
    rows = [_row(campaign, days) for campaign in _chosen(actor, request.GET.get("ids", ""))]
    if "export" in request.GET:
        return _export(rows, days)
    ids = ",".join(str(row["campaign"].pk) for row in rows)
    context = {"rows": rows, "days": days, "windows": WINDOWS, "ids": ids}
    return render(request, "campaigns/comparison.html", context)


def _chosen(actor: Actor, ids: str) -> list[Campaign]:
    wanted = []
    for text in ids.split(",")[:MOST]:
        try:
            wanted.append(uuid.UUID(text))
        except ValueError:
            continue
    rows = queries.campaigns(actor).filter(pk__in=wanted, send__isnull=False)
    return sorted(rows, key=lambda row: wanted.index(row.pk))


def _row(campaign: Campaign, days: int) -> dict[str, Any]:
    sends = sends_of(campaign)
    results = messaging.results(*sends)
    return {
        "campaign": campaign,
        "results": results,
        "opened": results.rate(results.opened_human),
        "clicked": results.rate(results.clicked_human),
        "unsubscribed": results.rate(results.unsubscribed),
        "outcome": outcome(campaign, sends, days),
    }


def _export(rows: list[dict[str, Any]], days: int) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="campaigns.csv"'
    writer = csv.writer(response)
    writer.writerow(
        [
            "campaign", "name", "sent_at", "audience", "sent", "excluded", "failed", "opened_people", "opened_machines",
            "clicked_people", "clicked_machines", "unsubscribed", "window_days", "orders_after_click",
            "revenue_after_click", "orders_without_click", "revenue_without_click", "currency", "cost", "roas",
        ]
    )  # fmt: skip
    for row in rows:
        campaign, results, brought = row["campaign"], row["results"], row["outcome"]
        cells = [
            campaign.pk, campaign.name, campaign.send.send_at, results.total, results.sent, results.skipped,
            results.failed, results.opened_human, results.opened_machine, results.clicked_human,
            results.clicked_machine, results.unsubscribed, days, *_amounts(brought),
        ]  # fmt: skip
        writer.writerow([csv_value(cell) for cell in cells])
    return response


def _amounts(brought: Outcome) -> list[object]:
    return [
        brought.clicked.orders, brought.clicked.revenue, brought.reached.orders, brought.reached.revenue,
        brought.currency, brought.cost, "" if brought.roas is None else round(brought.roas, 4),
    ]  # fmt: skip


def _compare(_actor: Actor, rows: Any) -> BulkResult:
    ids = ",".join(str(pk) for pk in rows.values_list("pk", flat=True)[:MOST])
    return BulkResult(next_url=f"{reverse('campaigns:comparison')}?ids={ids}")


COMPARE = BulkAction("compare", gettext_lazy("Compare"), "chart-column", "campaigns.view", _compare)
