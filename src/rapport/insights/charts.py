"""The dashboard's figures as charts."""

from __future__ import annotations

import decimal
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core.ui import formats
from rapport.core.ui.charts import Chart, Series
from rapport.insights.queries import Day, Overview

WEEKLY_FROM = 180


def _buckets(overview: Overview) -> list[list[Day]]:
    """The days one by one, or in weeks where days would be too many to read; the last week is whole."""
    size = 7 if len(overview.days) >= WEEKLY_FROM else 1
    rest = len(overview.days) % size
    starts = ([0] if rest else []) + list(range(rest, len(overview.days), size))
    ends = [*starts[1:], len(overview.days)]
    return [overview.days[start:end] for start, end in zip(starts, ends, strict=True)]


def revenue(overview: Overview, currency: str) -> Chart:
    """Money taken per day or week, less refunds."""
    buckets = _buckets(overview)
    with decimal.localcontext(prec=formats.DIGITS):
        values: list[int | float | Decimal | None] = [
            round(sum((day.revenue for day in part), Decimal(0)), 2) for part in buckets
        ]
    days = [part[0].date for part in buckets]
    return Chart("bar", _("From"), days, [Series(_("Revenue"), values)], _("Revenue"), currency)


def visitors(overview: Overview) -> Chart:
    """Visitors a day (on average over the week, where weeks are shown) and new people, who open on a click."""
    buckets = _buckets(overview)
    a_day = [round(sum(day.visitors for day in part) / len(part)) for part in buckets]
    new = [sum(day.people for day in part) for part in buckets]
    drill = reverse("people:list") + '?filter={"field":"first_seen","op":"since","value":"{x}"}'
    series = [Series(_("Visitors a day"), a_day), Series(_("New people"), new, drill)]
    return Chart("line", _("From"), [part[0].date for part in buckets], series, _("People"))
