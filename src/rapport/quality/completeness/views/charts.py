"""Data quality over time."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rapport.core.ui.charts import Chart, Series
from rapport.quality.completeness.measures import Measure
from rapport.quality.completeness.queries import Dashboard
from rapport.quality.models import QualitySnapshot


def over_time(board: Dashboard) -> Chart:
    """The score and each dimension, day by day, as shares of one."""
    days = [day for day, _share in board.days]
    lines = [(_("Score"), dict(board.days))]
    lines += [
        (str(dimension.label), dict(dimension.days)) for dimension in board.dimensions if dimension.days
    ]
    series = [Series(name, [_rounded(points.get(day)) for day in days]) for name, points in lines]
    return Chart("line", _("Day"), days, series, _("Share"), "%")


def measure(of: Measure, history: list[QualitySnapshot]) -> Chart:
    """One measure, day by day."""
    values = [_rounded(line.share) for line in history]
    return Chart(
        "line", _("Day"), [line.day for line in history], [Series(of.label, values)], _("Share"), "%"
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
