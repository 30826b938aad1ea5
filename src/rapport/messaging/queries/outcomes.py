"""What came of sends in detail: by domain, by how long after, and by complaint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from rapport.messaging.queries.results import HUMAN

# Hours after a message; the last stretch has no end.
AFTER = (1, 3, 6, 12, 24, 48, 72, 168)
_DOMAINS = """
SELECT lower(split_part(d.address, '@', 2)), count(*) FILTER (WHERE d.state = 'sent'),
    count(*) FILTER (WHERE d.state = 'failed' OR r.bounced), count(*) FILTER (WHERE r.complained),
    count(*) FILTER (WHERE e.opened), count(*) FILTER (WHERE e.clicked)
FROM messaging_delivery d
LEFT JOIN (
    SELECT delivery_id, bool_or(kind = 'bounced') AS bounced, bool_or(kind = 'complained') AS complained
    FROM messaging_receipt GROUP BY 1
) r ON r.delivery_id = d.id
LEFT JOIN (
    SELECT n.delivery_id, bool_or(n.kind = 'open') AS opened, bool_or(n.kind = 'click') AS clicked
    FROM messaging_engagement n JOIN messaging_delivery o ON o.id = n.delivery_id
    WHERE o.send_id = ANY(%(sends)s) AND n.human_probability >= %(human)s GROUP BY 1
) e ON e.delivery_id = d.id
WHERE d.send_id = ANY(%(sends)s) AND d.state IN ('sent', 'failed', 'uncertain')
GROUP BY 1 ORDER BY 2 DESC, 1
"""
_REACTIONS = """
SELECT kind, width_bucket(extract(epoch FROM first_at - finished_at) / 3600, %(after)s::numeric[]), count(*) FROM (
    SELECT e.kind, e.delivery_id, min(e.first_at) AS first_at, d.finished_at
    FROM messaging_engagement e JOIN messaging_delivery d ON d.id = e.delivery_id
    WHERE d.send_id = ANY(%(sends)s) AND e.human_probability >= %(human)s AND d.finished_at IS NOT NULL
    GROUP BY 1, 2, 4
) first_time GROUP BY 1, 2
"""
# SQL: to whom messages of %(sends)s went, when, and when they first clicked, if they did (%(human)s: no machine).
RECEIVED = """
SELECT d.person_id, d.finished_at AS sent_at, (
    SELECT min(e.first_at) FROM messaging_engagement e
    WHERE e.delivery_id = d.id AND e.kind = 'click' AND e.human_probability >= %(human)s) AS clicked_at
FROM messaging_delivery d
WHERE d.send_id = ANY(%(sends)s) AND d.state = 'sent' AND d.person_id IS NOT NULL
"""


class Domain(NamedTuple):
    """Messages to one domain; opened and clicked by people. `bounced` were refused at once or came back."""

    name: str
    sent: int
    bounced: int
    complained: int
    opened: int
    clicked: int


def domains(send_ids: Sequence[int]) -> list[Domain]:
    """The domains of the addresses, the largest first."""
    return [Domain(*row) for row in _rows(_DOMAINS, {"sends": list(send_ids), "human": HUMAN})]


def reactions(send_ids: Sequence[int]) -> dict[str, list[int]]:
    """{"open": […], "click": […], "unsubscribe": […]}: how many did it first within each stretch of `AFTER`."""
    values: dict[str, Any] = {"sends": list(send_ids), "human": HUMAN, "after": list(AFTER)}
    counted = {(kind, place): count for kind, place, count in _rows(_REACTIONS, values)}
    places = range(len(AFTER) + 1)
    return {
        kind: [counted.get((kind, place), 0) for place in places] for kind in ("open", "click", "unsubscribe")
    }


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
