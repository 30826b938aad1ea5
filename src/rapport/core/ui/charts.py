"""Data of a chart, as a view hands it to `{% chart %}`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from django.utils.functional import Promise

from rapport.core.ui import formats

Kind = Literal["line", "area", "bar", "stacked", "donut", "spark"]
Value = int | float | Decimal | None


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars. `url` is where a click drills to; "{x}" in it becomes the point's x value."""

    name: str | Promise
    values: Sequence[Value]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. `x_values` are dates (a time axis) or names, one per value of each series.

    `y_unit`: "%" (values are shares of one), an ISO currency, or a word shown at the axis.
    """

    kind: Kind
    x_name: str | Promise
    x_values: Sequence[dt.date | str]
    series: Sequence[Series]
    y_name: str | Promise = ""
    y_unit: str = ""
    horizontal: bool = False

    def data(self) -> dict[str, Any]:
        """What the `<r-chart>` element reads."""
        times = all(isinstance(value, dt.date) for value in self.x_values)
        return {
            "type": self.kind,
            "horizontal": self.horizontal,
            "x": {
                "name": str(self.x_name),
                "kind": "time" if times else "names",
                "values": [_plain(value) for value in self.x_values],
            },
            "y": {"name": str(self.y_name), "unit": self.y_unit},
            "series": [
                {
                    "name": str(entry.name),
                    "values": [_number(value) for value in entry.values],
                    "url": entry.url,
                }
                for entry in self.series
            ],
        }

    def lines(self) -> list[dict[str, Any]]:
        """The same as rows of a table."""
        return [
            {
                "label": _label(x),
                "values": [
                    (entry.values[at], entry.url.replace("{x}", quote(_plain(x)))) for entry in self.series
                ],
            }
            for at, x in enumerate(self.x_values)
        ]


def _plain(value: dt.date | str) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _label(value: dt.date | str) -> str:
    if isinstance(value, dt.datetime):
        return formats.short_moment(value)
    return formats.day(value) if isinstance(value, dt.date) else str(value)


def _number(value: Value) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value
