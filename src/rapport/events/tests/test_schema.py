"""The ClickHouse tables, on the real engine."""

import json

from rapport.core import clickhouse as ch

EVENT = {
    "person_id": "9cf4950f-22ac-4b26-85d2-2a41272fc7ae",
    "at": "2026-01-01T10:00:00.000Z",
    "event": "Order Completed",
    "type": "track",
    "message_id": "m1",
    "received_at": "2026-01-01T10:00:00.000Z",
    "source": "shop",
    "context": {},
    "properties": {"total": 12.5},
}


def test_a_block_sent_twice_is_stored_once(clickhouse):
    for _ in range(2):
        ch.insert_lines("events", json.dumps(EVENT).encode(), token="one")
    assert ch.scalar("SELECT count() FROM events") == 1


def test_a_block_sent_twice_counts_once_in_the_daily_rollup(clickhouse):
    for _ in range(2):
        ch.insert_lines("events", json.dumps(EVENT).encode(), token="two")
    assert ch.rows("SELECT sum(count) AS n, sum(revenue) AS r FROM event_days") == [{"n": 1, "r": 12.5}]
