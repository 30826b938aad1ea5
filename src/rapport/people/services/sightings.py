"""When persons were seen first and last."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction

from rapport.core import sql

Span = tuple[dt.datetime, dt.datetime]
# What this process wrote lately, so that most batches write nothing.
_written: dict[uuid.UUID, Span] = {}
_REMEMBERED = 200_000
_STEP = dt.timedelta(minutes=1)


def spans(seen: Iterable[tuple[uuid.UUID, dt.datetime]]) -> dict[uuid.UUID, Span]:
    """{person: from when to when} they were seen."""
    by_person: dict[uuid.UUID, Span] = {}
    for person, at in seen:
        span = by_person.get(person)
        if span is None:
            by_person[person] = (at, at)
        elif not span[0] <= at <= span[1]:
            by_person[person] = (min(span[0], at), max(span[1], at))
    return by_person


def due(seen: dict[uuid.UUID, Span]) -> dict[uuid.UUID, Span]:
    """Those whose first or last seen `widen` would write: whoever locks persons beforehand locks these too."""
    return {person: span for person, span in seen.items() if _widens(span, _written.get(person))}


def widen(seen: dict[uuid.UUID, Span], *, looked: bool = False) -> set[uuid.UUID]:
    """Widens first and last seen; returns whose moved. Last seen moves only by a minute or more, to spare the table.

    With `looked`, the caller has read that what this process wrote lately is not so any more: an import can be taken
    back.
    """
    wanted = seen if looked else due(seen)
    if not wanted:
        return set()
    moved = sql.run(
        "UPDATE people_person p SET last_seen_at = greatest(p.last_seen_at, n.last),"
        " first_seen_at = least(p.first_seen_at, n.first)"
        " FROM unnest(%b::uuid[], %b::timestamptz[], %b::timestamptz[]) AS n (id, first, last)"
        " WHERE p.id = n.id AND (n.last > p.last_seen_at + interval '1 minute' OR n.first < p.first_seen_at)"
        " RETURNING p.id",
        [list(wanted), [first for first, _ in wanted.values()], [last for _, last in wanted.values()]],
    )
    transaction.on_commit(lambda: _remember(wanted))
    return {person for (person,) in moved}


def _widens(span: Span, written: Span | None) -> bool:
    return written is None or span[0] < written[0] or span[1] > written[1] + _STEP


def _remember(seen: dict[uuid.UUID, Span]) -> None:
    if len(_written) > _REMEMBERED:
        _written.clear()
    for person, (first, last) in seen.items():
        span = _written.get(person, (first, last))
        _written[person] = (min(first, span[0]), max(last, span[1]))
