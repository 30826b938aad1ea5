"""Events that a definition names and nobody has sent: most likely misspelt, and a reason why nobody fits."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.utils.translation import gettext as _

from rapport.core import clickhouse
from rapport.core.process_cache import kept_for
from rapport.events.models import EventType

MOST_NAMES = 2_000


def warnings(definition: Any) -> list[str]:
    """A sentence for each event that has not been received yet, with the names that it may stand for."""
    names = list(dict.fromkeys(_named(definition)))
    if not names:
        return []
    declared = {*EventType.objects.filter(name__in=names).values_list("name", flat=True)}
    unseen = [name for name in names if name not in declared and name not in _received()]
    return [_warning(name) for name in unseen]


def _named(clause: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(clause, list):
        for member in clause:
            yield from _named(member, depth)
    elif isinstance(clause, dict) and depth < 25:
        for key, value in clause.items():
            if key in {"did", "did_not"} and isinstance(value, str) and value:
                yield value
            elif key in {"all", "any", "not", "sequence"}:
                yield from _named(value, depth + 1)


def _warning(name: str) -> str:
    folded = {candidate.casefold(): candidate for candidate in sorted(_received())}
    near = [folded[key] for key in difflib.get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.7)]
    if not near:
        return _("No event “%(name)s” has been received yet.") % {"name": name}
    words = {"name": name, "near": _(" or ").join(f"“{candidate}”" for candidate in near)}
    return _("No event “%(name)s” has been received yet. Did you mean %(near)s?") % words


@kept_for(30.0)
def _received() -> frozenset[str]:
    """Names of the most frequent events; none while the event store is away."""
    sql = f"SELECT event FROM event_days GROUP BY event ORDER BY sum(count) DESC LIMIT {MOST_NAMES}"
    try:
        return frozenset(str(row["event"]) for row in clickhouse.rows(sql, {}))
    except (ClickHouseError, OSError):
        return frozenset(EventType.objects.values_list("name", flat=True)[:MOST_NAMES])
