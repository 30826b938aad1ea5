"""Events of everybody in a span of time, as the stream told of them, for programs that ask whom they may be told of."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from rapport.core import clickhouse
from rapport.events.registry import Occurrence

_MOMENT = "DateTime64(3, 'UTC')"


def between(
    names: Sequence[str], since: dt.datetime, until: dt.datetime, *, behind: int, limit: int
) -> list[Occurrence]:
    """Events of these names (or beginnings that end in `*`), oldest first, behind so many."""
    moments = {name: at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] for name, at in
               (("since", since), ("until", until))}  # fmt: skip
    rows = clickhouse.rows(
        "SELECT event, message_id, at, owner_id, source, toJSONString(properties) AS properties FROM events"
        f" WHERE at >= {{since:{_MOMENT}}} AND at < {{until:{_MOMENT}}} AND (event IN {{names:Array(String)}}"
        " OR arrayExists(beginning -> startsWith(event, beginning), {beginnings:Array(String)}))"
        " ORDER BY at, message_id, event LIMIT {limit:UInt32} OFFSET {behind:UInt64}",
        {
            **moments,
            "names": [name for name in names if not name.endswith("*")],
            "beginnings": [name[:-1] for name in names if name.endswith("*")],
            "limit": limit,
            "behind": behind,
        },
    )
    return [
        Occurrence(
            row["event"],
            row["message_id"],
            row["at"].replace(tzinfo=dt.UTC),
            row["owner_id"],
            row["source"],
            json.dumps(json.loads(row["properties"])).encode(),
        )
        for row in rows
    ]
