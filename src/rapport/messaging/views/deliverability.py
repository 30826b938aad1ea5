"""Deliverability: what becomes of messages, by provider and over time."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from rapport.channels.registry import CHANNELS
from rapport.core.clock import clock_of
from rapport.core.ui import Tab
from rapport.core.ui.charts import Chart, Series
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.messaging.queries import deliverability as queries
from rapport.messaging.queries.deliverability import Figures

PERIODS = (7, 30, 90)
STREAMS = {"marketing": True, "transactional": False}


@require_safe
@page("messages.view")
def deliverability(request: HttpRequest) -> HttpResponseBase:
    """One channel with providers: figures, the course of bounces and complaints, and a table of providers."""
    today = clock_of(request).now().date()
    chosen = request.GET.get("days", "")
    length = int(chosen) if chosen in map(str, PERIODS) else 30
    stream, provider = request.GET.get("stream", ""), request.GET.get("provider")
    first = today - dt.timedelta(days=length - 1)
    channel = next((kind.key for kind in CHANNELS if kind.providers_of), "")
    rows = queries.days(first, today, channel, marketing=STREAMS.get(stream), provider=provider)
    by_day = queries.by_day(rows, first, today)
    context = {
        "total": queries.total(by_day),
        "rates": _rates(by_day),
        "volume": _volume(by_day),
        "providers": queries.by_provider(rows),
        "provider": provider,
        "alarms": queries.alarms(today),
        "days": length,
        "stream": stream,
        "periods": [
            Tab(_("%(days)d days") % {"days": n}, _address(n, stream, provider), n == length) for n in PERIODS
        ],
        "streams": [
            Tab(label, _address(length, key, provider), key == stream)
            for key, label in (
                ("", _("Everything")),
                ("marketing", _("Marketing")),
                ("transactional", _("Transactional")),
            )
        ],
    }
    return settings_page(request, "messaging/deliverability.html", context)


def _address(length: int, stream: str, provider: str | None) -> str:
    chosen = {"days": length, "stream": stream} | ({"provider": provider} if provider is not None else {})
    return f"?{urlencode(chosen)}"


def _rates(by_day: list[Figures]) -> Chart:
    days = [dt.date.fromisoformat(figures.label) for figures in by_day]
    series = [
        Series(_("Bounced"), [figures.bounce_rate for figures in by_day]),
        Series(_("Complained"), [figures.complaint_rate for figures in by_day]),
    ]
    return Chart("line", _("Day"), days, series, _("Share"), "%")


def _volume(by_day: list[Figures]) -> Chart:
    days = [dt.date.fromisoformat(figures.label) for figures in by_day]
    series = [
        Series(_("Delivered"), [figures.delivered for figures in by_day]),
        Series(_("Bounced"), [figures.bounced for figures in by_day]),
    ]
    return Chart("stacked", _("Day"), days, series, _("Messages"))
