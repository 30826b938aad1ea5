"""What an origin's runs (somebody's way through a journey) have still waiting, when they end."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

_DROP = """
UPDATE messaging_delivery d SET state = 'skipped', reason = 'left', finished_at = %(now)s
FROM messaging_send s, unnest(%(people)s::uuid[], %(runs)s::text[]) AS t(person_id, run)
WHERE s.origin = %(origin)s AND starts_with(s.origin_id, %(beginning)s) AND s.completed_at IS NULL
  AND d.send_id = s.id AND d.person_id = t.person_id AND d.state = 'queued'
  AND split_part(d.occurrence, ':', 1) = t.run
"""


def drop_of_runs(
    *, origin: str, beginning: str, runs: Sequence[tuple[uuid.UUID, int]], now: dt.datetime
) -> None:
    """What these runs of the origin (their occurrences begin with them) have still waiting is never sent."""
    people, ids = [person for person, _run in runs], [str(run) for _person, run in runs]
    values: dict[str, Any] = {
        "origin": origin,
        "beginning": beginning,
        "now": now,
        "people": people,
        "runs": ids,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DROP, values)
