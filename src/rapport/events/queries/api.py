"""Events as they are stored, for programs."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from rapport.core import clickhouse
from rapport.core.access import Actor
from rapport.events.queries import masking
from rapport.people import queries as people

_COLUMNS = (
    "person_id, at, event, type, message_id, received_at, source, user_id, anonymous_id,"
    " toJSONString(context) AS context_json, toJSONString(properties) AS properties_json"
)
_MOMENT = "DateTime64(3, 'UTC')"
Place = tuple[str, str]


def events_of(
    actor: Actor,
    person_id: uuid.UUID,
    *,
    event: str | None,
    source: str | None,
    before: Place | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Events of a person and of those merged into them, newest first, behind `before` (at, message id)."""
    person = people.person_for(actor, person_id)
    where, values = _filters(event, source)
    where.append("person_id IN {family:Array(UUID)}")
    values["family"] = [str(member) for member in people.family(person.pk)]
    return _read(actor, where, values, "at", before, limit)


def recent(
    actor: Actor,
    *,
    since: dt.datetime,
    event: str | None,
    source: str | None,
    before: Place | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Everybody's events received after `since`, newest first, behind `before` (received at, message id)."""
    actor.require("people.view")
    actor.require("data.view")
    where, values = _filters(event, source)
    where.append(f"received_at >= {{since:{_MOMENT}}}")
    values["since"] = stamp(since)
    return _read(actor, where, values, "received_at", before, limit)


def names(actor: Actor, *, since: dt.date) -> list[dict[str, Any]]:
    """The events that came in since a day: name, how many, of how many persons, and the last day."""
    actor.require("data.view")
    return clickhouse.rows(
        "SELECT event AS name, sum(count) AS events, uniqMerge(persons) AS people, max(day) AS last_day"
        " FROM event_days WHERE day >= {since:Date} GROUP BY event ORDER BY events DESC, name LIMIT 1000",
        {"since": since.isoformat()},
    )


def stamp(moment: dt.datetime) -> str:
    """A moment as ClickHouse reads it, in UTC with milliseconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _filters(event: str | None, source: str | None) -> tuple[list[str], dict[str, Any]]:
    where, values = [], {}
    for name, value in (("event", event), ("source", source)):
        if value is not None:
            where.append(f"{name} = {{{name}:String}}")
            values[name] = value
    return where, values


def _read(
    actor: Actor,
    where: list[str],
    values: dict[str, Any],
    by: str,
    before: Place | None,
    limit: int,
) -> list[dict[str, Any]]:
    if before is not None:
        where.append(f"{by} <= {{before_at:{_MOMENT}}}")
        where.append(f"({by}, message_id) < ({{before_at:{_MOMENT}}}, {{before_id:String}})")
        values |= {"before_at": before[0], "before_id": before[1]}
    sql = (
        f"SELECT {_COLUMNS} FROM events WHERE {' AND '.join(where)}"
        f" ORDER BY {by} DESC, message_id DESC LIMIT {{limit:UInt32}}"
    )
    hidden = masking.flags_for(actor)
    return [_shown(row, hidden) for row in clickhouse.rows(sql, values | {"limit": limit})]


def _shown(row: dict[str, Any], hidden: masking.Flags) -> dict[str, Any]:
    context = json.loads(row.pop("context_json"))
    row["context"] = masking.masked_context(row["event"], context, hidden)
    row["properties"] = masking.masked(row["event"], json.loads(row.pop("properties_json")), hidden)
    for name in ("at", "received_at"):
        # ClickHouse's client gives UTC without saying so.
        row[name] = row[name].replace(tzinfo=dt.UTC)
    return row
