"""Home: how the business does, against the period before."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.observing import alarms
from rapport.core.queries import workspace
from rapport.core.ui import formats
from rapport.core.views.pages import page
from rapport.events import queries as events
from rapport.events.wording import newest_arrival, seen_until
from rapport.insights import charts, queries, setup
from rapport.insights.periods import RANGES, Period, period
from rapport.insights.queries import Overview
from rapport.people.queries import lists as people

FEED = 12


@require_GET
@page("insights.view")
def home(request: HttpRequest) -> HttpResponse:
    """The dashboard of the last 7, 30, 90 or 365 days (`days`)."""
    actor = actor_of(request)
    chosen = period(request.GET.get("days"), clock_of(request).now().date())
    currency = workspace().currency
    overview = queries.overview(actor, chosen)
    is_empty = not (overview.now.visitors or overview.now.orders or overview.now.people)
    context = {
        "period": chosen,
        "ranges": [(days, days == chosen.days) for days in RANGES],
        "currency": currency,
        "stats": stats(overview, currency, chosen),
        "revenue_chart": charts.revenue(overview, currency),
        "visitors_chart": charts.visitors(overview),
        "alarms": alarms(actor, clock_of(request).now()),
        "steps": setup.steps(actor, has_events=not is_empty),
        "may_see_people": actor.may("people.view"),
    }
    return render(request, "insights/home.html", context)


@require_GET
@page("insights.view")
def results(request: HttpRequest) -> HttpResponse:
    """Campaign results and rankings, loaded after the page stands, so that it stands at once."""
    actor = actor_of(request)
    chosen = period(request.GET.get("days"), clock_of(request).now().date())
    context = {
        "period": chosen,
        "currency": workspace().currency,
        "products": queries.top_products(actor, chosen),
        "pages": queries.top_pages(actor, chosen),
        "countries": queries.top_countries(actor, chosen),
        "campaigns": queries.campaign_results(actor, chosen),
    }
    return render(request, "insights/_results.html", context)


@require_GET
@page("people.view")
def feed(request: HttpRequest) -> HttpResponse:
    """The newest events, or with `since` only those received after it."""
    actor = actor_of(request)
    after = seen_until(request.GET["since"]) if "since" in request.GET else None
    newest = events.newest(actor, since=after, limit=FEED)
    names = people.names_of(actor, {event.person_id for event in newest})
    context = {
        "feed": [(event, names.get(event.person_id)) for event in newest],
        "cursor": newest_arrival(newest),
        "is_quiet": not newest and after is None,
    }
    return render(request, "insights/_feed.html", context)


def stats(overview: Overview, currency: str, chosen: Period) -> list[dict[str, Any]]:
    """The figures on top, each with its change since the period before."""
    now, before = overview.now, overview.before
    recent = quote(json.dumps({"field": "first_seen", "op": "within", "value": str(chosen.days)}))
    return [
        _stat(_("Visitors"), now.visitors, before.visitors, "globe"),
        _stat(
            _("New people"),
            now.people,
            before.people,
            "user-plus",
            url=f"{reverse('people:list')}?filter={recent}",
        ),
        _stat(_("Orders"), now.orders, before.orders, "shopping-bag"),
        _stat(
            _("Revenue"),
            now.revenue,
            before.revenue,
            "credit-card",
            shown=formats.money(now.revenue, currency, whole=True),
            was=formats.money(before.revenue, currency, whole=True),
        ),
        _stat(
            _("Conversion"),
            now.conversion,
            before.conversion,
            "percent",
            shown=formats.percent(now.conversion),
            was=formats.percent(before.conversion),
        ),
    ]


def _stat(
    label: str, value: Any, before: Any, icon: str, *, shown: str = "", was: str = "", url: str = ""
) -> dict[str, Any]:
    delta = float(value - before) / float(before) if before and value is not None else None
    was = was or formats.number(before)
    return {
        "label": label,
        "value": shown or formats.number(value),
        "delta": delta,
        "hint": _("previously %(was)s") % {"was": was} if before else "",
        "icon": icon,
        "url": url,
    }
