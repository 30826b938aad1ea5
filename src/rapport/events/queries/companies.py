"""What a company's people did, together: figures and the newest events."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from rapport.core import clickhouse
from rapport.core.access import Actor
from rapport.events import queries
from rapport.events.wording import Happening
from rapport.people.queries.lists import member_ids

# People of one company who are looked at; a larger one is told by these.
LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class Figures:
    """A company's people in figures. `revenue` is by currency; "" stands for events that name none."""

    members: int
    orders: int
    revenue: tuple[tuple[str, Decimal], ...]
    last_activity: dt.datetime | None


def figures(actor: Actor, company_id: uuid.UUID) -> Figures:
    """Of its present members and those of the companies below it. Raises Http404."""
    people = member_ids(actor, company_id, limit=LIMIT)
    if not people:
        return Figures(0, 0, (), None)
    wanted = {"people": [str(person_id) for person_id in people]}
    rows = clickhouse.rows(
        "SELECT upper(ifNull(CAST(properties.currency, 'Nullable(String)'), '')) AS currency, count() AS orders,"
        " sum(ifNull(toDecimal64OrNull(CAST(properties.total, 'Nullable(String)'), 2), 0)) AS revenue"
        " FROM events WHERE person_id IN {people:Array(UUID)} AND event = 'Order Completed'"
        " GROUP BY currency ORDER BY revenue DESC",
        wanted,
    )
    last = clickhouse.scalar(
        "SELECT max(at) FROM events WHERE person_id IN {people:Array(UUID)} AND type != 'system'", wanted
    )
    return Figures(
        members=len(people),
        orders=sum(row["orders"] for row in rows),
        revenue=tuple((row["currency"], row["revenue"]) for row in rows if row["revenue"]),
        last_activity=last.replace(tzinfo=dt.UTC) if last and last.year > 1970 else None,
    )


def newest_of_company(actor: Actor, company_id: uuid.UUID, *, limit: int) -> list[Happening]:
    """The newest events of its people. Raises Http404."""
    people = member_ids(actor, company_id, limit=LIMIT)
    if not people:
        return []
    parameters = {"people": [str(person_id) for person_id in people], "limit": limit}
    return queries.happenings(
        actor, ["person_id IN {people:Array(UUID)}"], parameters, "at DESC, message_id DESC"
    )
