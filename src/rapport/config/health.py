"""GET /readyz: whether this process can do its work, and how far the stream is behind."""

from __future__ import annotations

from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, JsonResponse

from rapport.core import clickhouse

# The oldest of what waits: accepted batches, blocks for ClickHouse, changed people.
LAG = """
    SELECT coalesce(extract(epoch FROM now() - least(
        (SELECT received_at FROM events_logbatch ORDER BY id LIMIT 1),
        (SELECT created_at FROM events_spoolblock ORDER BY id LIMIT 1),
        (SELECT since FROM people_changeset ORDER BY id LIMIT 1))), 0)
"""


def readyz(_request: HttpRequest) -> JsonResponse:
    """200 with {"status": "ready", "stream_lag_seconds": n}, or 503 naming the engine that is away."""
    answer: dict[str, object] = {"status": "ready", "postgres": "ok", "clickhouse": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute(LAG)
            answer["stream_lag_seconds"] = round(max(0.0, float(cursor.fetchone()[0])), 3)
    except DatabaseError:
        answer |= {"status": "unavailable", "postgres": "away"}
    try:
        clickhouse.scalar("SELECT 1")
    except Exception:
        answer |= {"status": "unavailable", "clickhouse": "away"}
    return JsonResponse(answer, status=200 if answer["status"] == "ready" else 503)
