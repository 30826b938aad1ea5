"""What may be meant: traits, events, properties and values that have been seen, most frequent first."""

from __future__ import annotations

from collections.abc import Iterable

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.cache import cache

from rapport.core import clickhouse
from rapport.segments.language.compilation import path
from rapport.segments.language.values import elements, event_property

_SECONDS = 60
_SAMPLE = 5_000


def traits() -> list[str]:
    """Names of traits among a sample of people."""
    sql = (
        f"SELECT arrayJoin(JSONAllPaths(traits)) AS name FROM (SELECT traits FROM people LIMIT {_SAMPLE}) "
        "GROUP BY name ORDER BY count() DESC, name LIMIT 200"
    )
    return _remembered("traits", sql, {})


def events() -> list[str]:
    """Names of events, from the daily figures."""
    return _remembered(
        "events", "SELECT event FROM event_days GROUP BY event ORDER BY sum(count) DESC LIMIT 500", {}
    )


def properties(names: Iterable[str]) -> list[str]:
    """Names of properties of the latest events with one of these names."""
    wanted = sorted({name for name in names if name})[:20]
    if not wanted:
        return []
    sql = (
        "SELECT arrayJoin(JSONAllPaths(properties)) AS name FROM (SELECT properties FROM events "
        f"WHERE event IN {{names:Array(String)}} AND at > now() - INTERVAL 30 DAY LIMIT {_SAMPLE}) "
        "GROUP BY name ORDER BY count() DESC, name LIMIT 200"
    )
    return _remembered(f"properties:{wanted}", sql, {"names": wanted})


def values(trait: str) -> list[str]:
    """Frequent values of a trait among a sample of people, unless nearly everybody has one of their own."""
    sql = (
        f"SELECT value FROM (SELECT CAST(traits.{path(trait)}, 'Nullable(String)') AS value FROM people "
        f"LIMIT {_SAMPLE}) "
        "WHERE isNotNull(value) AND length(value) BETWEEN 1 AND 60 GROUP BY value "
        "HAVING count() > 1 ORDER BY count() DESC, value LIMIT 40"
    )
    return _remembered(f"values:{trait}", sql, {})


def property_values(names: Iterable[str], name: str) -> list[str]:
    """Frequent values of a property among the latest events with one of these names; of lists, of what is in them."""
    wanted = sorted(filter(None, set(names)))[:20]
    if not wanted or not name:
        return []
    value = f"arrayJoin({elements(name)})" if "[]." in name else event_property(name).text
    sql = (
        f"SELECT value FROM (SELECT {value} AS value FROM events "
        f"WHERE event IN {{names:Array(String)}} AND at > now() - INTERVAL 30 DAY LIMIT {_SAMPLE}) "
        "WHERE isNotNull(value) AND length(value) BETWEEN 1 AND 60 GROUP BY value "
        "HAVING count() > 1 ORDER BY count() DESC, value LIMIT 40"
    )
    return _remembered(f"property values:{wanted}:{name}", sql, {"names": wanted})


def _remembered(key: str, sql: str, parameters: dict[str, object]) -> list[str]:
    """Suggestions are a courtesy: without an engine there are none."""
    name = f"segments:{hash(key) if len(key) > 100 else key.encode().hex()}"
    names: list[str] | None = cache.get(name)
    if names is None:
        try:
            names = [str(row[0]) for row in clickhouse.client().query(sql, parameters=parameters).result_rows]
        except (ClickHouseError, OSError):
            return []
        cache.set(name, names, _SECONDS)
    return names
