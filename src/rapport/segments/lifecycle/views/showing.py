"""What the pages of the lifecycle show: stages with their numbers, charts, movements."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core import clickhouse
from rapport.core.ui.charts import Chart, Series
from rapport.segments.language import tree
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.services import compiler
from rapport.segments.models import Stage, StageDay


@dataclass(slots=True)
class StageRow:
    """One stage on a page: how many stand there, as a share of everybody and of the fullest stage."""

    stage: Stage
    words: str
    people: int
    share: float
    width: float
    url: str

    @property
    def key(self) -> str:
        return self.stage.key


def rows(stages: list[Stage], sizes: dict[str, int]) -> list[StageRow]:
    everybody = sum(sizes.get(stage.key, 0) for stage in stages) or 1
    most = max((sizes.get(stage.key, 0) for stage in stages), default=0) or 1
    lines = []
    for stage in stages:
        number = sizes.get(stage.key, 0)
        words = _("everybody else") if stage is stages[-1] else tree.describe_clause(stage.rule)
        lines.append(StageRow(stage, words, number, number / everybody, number / most, people_url(stage.key)))
    return lines


def people_url(stage: str) -> str:
    """The list of people who stand in a stage."""
    condition = json.dumps({"all": [{"field": "stage", "op": "is", "value": [stage]}]})
    return f"{reverse('people:list')}?{urlencode({'filter': condition})}"


def counted(stages: list[Stage], now: dt.datetime) -> dict[str, int]:
    """{stage: how many would stand there by these rules}. Raises ClickHouseError, OSError."""
    compiled = compiler.compile_counts(stages, now=now)
    return {row["stage"]: row["number"] for row in clickhouse.rows(compiled.sql, compiled.parameters)}


def over_time(stages: list[Stage], days: list[StageDay]) -> Chart | None:
    """How many stood where, per day; the way of a customer from below to above."""
    dates = sorted({day.day for day in days})
    if len(dates) < 2:
        return None
    people_on = {(day.day, day.stage): day.people for day in days}
    series = [Series(s.name, [people_on.get((date, s.key), 0) for date in dates]) for s in reversed(stages)]
    return Chart("stacked", _("Day"), dates, series, y_name=_("People"))


def moves(movements: list[tuple[str, str, int]], names: dict[str, str]) -> list[dict[str, Any]]:
    """Movements with names and bars, most frequent first."""
    most = max((number for _previous, _stage, number in movements), default=1)
    return [
        {
            "previous": names.get(previous, previous) if previous else _("new"),
            "stage": names.get(stage, stage) if stage else _("none"),
            "number": number,
            "width": number / most,
        }
        for previous, stage, number in movements[:40]
    ]


def matrix(movements: list[tuple[str, str, int]], stages: list[Stage]) -> dict[str, Any]:
    """The from→to table, in the order of a customer's way."""
    counts = {(previous, stage): number for previous, stage, number in movements}
    order = [stage.key for stage in reversed(stages)]
    names = queries.names()
    lines = [
        (names.get(start, _("new")), [counts.get((start, end), 0) for end in order])
        for start in ["", *order]
        if any(counts.get((start, end)) for end in order)
    ]
    return {"heads": [names[key] for key in order], "lines": lines}
