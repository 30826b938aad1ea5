"""What is written beside the values: every change in the history, and values that did not fit."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from rapport.core import sql
from rapport.core.services import spool
from rapport.people.services.policy import Refusal

TABLE = "trait_history"


class HistoryLine(msgspec.Struct):
    """One line of `trait_history` in ClickHouse. Values are JSON text; "" stands for none."""

    person_id: uuid.UUID
    entity: str
    trait: str
    at: str
    recorded_at: str
    old: str
    new: str
    source: str
    message_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Who said it: the source, when, with which message, and which colleague or rule, if any."""

    source: str
    at: dt.datetime
    message_id: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal with whom it is about and where it came from."""

    subject_id: uuid.UUID
    refusal: Refusal
    origin: Origin


def changes(
    entity: str,
    subject: uuid.UUID,
    before: dict[str, Any],
    after: dict[str, Any],
    names: Iterable[str],
    by: Origin,
) -> list[HistoryLine]:
    """A line for each of the named traits whose value is another now."""
    lines = []
    for name in names:
        old, new = before.get(name), after.get(name)
        if old == new and type(old) is type(new):
            continue
        lines.append(
            HistoryLine(
                person_id=subject,
                entity=entity,
                trait=name,
                at=_moment(by.at),
                recorded_at="",
                old=_text(old),
                new=_text(new),
                source=by.source,
                message_id=by.message_id,
                actor=by.actor,
            )
        )
    return lines


def write_history(lines: list[HistoryLine], now: dt.datetime) -> None:
    """Spools the lines in the caller's transaction, so that each is in the history exactly once."""
    if not lines:
        return
    stamp = _moment(now)
    for line in lines:
        line.recorded_at = stamp
    spool.put(TABLE, [msgspec.json.encode(line) for line in lines])


def write_refusals(entity: str, refused: list[Refused]) -> None:
    """Keeps the newest refused value of each trait and source, and counts. In the caller's transaction."""
    if not refused:
        return
    newest: dict[tuple[uuid.UUID, str, str], tuple[Refused, int]] = {}
    for refusal in refused:
        key = (refusal.subject_id, refusal.refusal.trait, refusal.origin.source)
        previous = newest.get(key)
        later = refusal if previous is None or refusal.origin.at >= previous[0].origin.at else previous[0]
        newest[key] = (later, (previous[1] if previous else 0) + 1)
    rows = [
        (
            key[0],
            key[1],
            key[2][:254],
            json.dumps(refusal.refusal.value),
            refusal.refusal.reason[:500],
            refusal.origin.message_id[:254],
            refusal.origin.at,
            times,
        )
        for key, (refusal, times) in sorted(newest.items(), key=lambda item: (str(item[0][0]), *item[0][1:]))
    ]
    sql.run(
        "INSERT INTO people_rejectedfact AS r"
        " (entity, subject_id, trait, source, value, reason, message_id, at, times)"
        " SELECT %b, n.subject, n.trait, n.source, n.value::jsonb, n.reason, n.message, n.at, n.times"
        " FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[],"
        " %b::int[]) AS n (subject, trait, source, value, reason, message, at, times)"
        " ON CONFLICT (subject_id, trait, source, entity) DO UPDATE SET times = r.times + excluded.times,"
        " value = CASE WHEN excluded.at >= r.at THEN excluded.value ELSE r.value END,"
        " reason = CASE WHEN excluded.at >= r.at THEN excluded.reason ELSE r.reason END,"
        " message_id = CASE WHEN excluded.at >= r.at THEN excluded.message_id ELSE r.message_id END,"
        " at = greatest(excluded.at, r.at)",
        [entity, *(list(column) for column in zip(*rows, strict=True))],
    )


def _text(value: Any) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23]
