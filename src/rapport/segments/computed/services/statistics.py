"""What a computed trait looks like over everybody: how many have it, and which values."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from rapport.core import clickhouse
from rapport.segments.computed.language.figures import figure_of
from rapport.segments.language.compilation import path
from rapport.segments.models import ComputedTrait

TOP = 5


def of_trait(trait: ComputedTrait, now: dt.datetime) -> dict[str, Any]:
    """{"at", "people", "covered"} and, by what the figure gives, "min", "median", "max" or "top". Asks ClickHouse."""
    place = f"traits.{path(trait.key)}"
    present = f"(isNotNull({place}) OR toString(traits.^{path(trait.key)}) != '{{}}')"
    figure = figure_of(trait.definition)
    plain = trait.definition.get("currency") != "each"
    number = f"toFloat64OrNull(CAST({place}, 'Nullable(String)'))" if plain else "NULL"
    sql = (
        f"SELECT count() AS people, countIf({present}) AS covered, min({number}) AS low, "
        f"quantile(0.5)({number}) AS middle, max({number}) AS high FROM people FINAL WHERE deleted = 0"
    )
    if not (figure and figure.gives in ("number", "days") and plain):
        sql = f"SELECT count() AS people, countIf({present}) AS covered FROM people FINAL WHERE deleted = 0"
    [row] = clickhouse.rows(sql)
    figures: dict[str, Any] = {"at": now.isoformat(), "people": row["people"], "covered": row["covered"]}
    if row.get("low") is not None:
        figures |= {"min": row["low"], "median": row["middle"], "max": row["high"]}
    elif figure and figure.gives in ("value", "list"):
        figures["top"] = _top(place, figure.gives == "list")
    elif figure and figure.gives == "time":
        figures |= _span(place)
    return figures


def _top(place: str, listed: bool) -> list[list[Any]]:
    raw = f"ifNull(toJSONString({place}), '')"
    literal = f"arrayJoin(JSONExtractArrayRaw({raw}))" if listed else raw
    sql = (
        f"SELECT {literal} AS literal, count() AS number FROM people FINAL WHERE deleted = 0 AND isNotNull({place}) "
        f"GROUP BY literal ORDER BY number DESC, literal LIMIT {TOP}"
    )
    return [[_text(row["literal"]), row["number"]] for row in clickhouse.rows(sql)]


def _span(place: str) -> dict[str, Any]:
    text = f"CAST({place}, 'Nullable(String)')"
    [row] = clickhouse.rows(
        f"SELECT min({text}) AS low, max({text}) AS high FROM people FINAL WHERE deleted = 0"
    )
    return {"first": row["low"], "last": row["high"]} if row["low"] else {}


def _text(literal: str) -> str:
    value = json.loads(literal)
    return value if isinstance(value, str) else literal


def refresh(trait: ComputedTrait, now: dt.datetime) -> None:
    """Stores the figures with the trait, if the event store answers."""
    try:
        figures = of_trait(trait, now)
    except (ClickHouseError, OSError):
        return
    ComputedTrait.objects.filter(pk=trait.pk).update(statistics=figures, covered=figures["covered"])
