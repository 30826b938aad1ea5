"""Events on their way into ClickHouse: read as text, stored as JSON, nothing of them lost or bent."""

from __future__ import annotations

import json
import uuid

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from rapport.core import clickhouse as engine
from rapport.core.services.spool import _is_about_data

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
WHO = "00000000-0000-0000-0000-0000000000aa"
OTHER = "00000000-0000-0000-0000-0000000000bb"


def line(**more: object) -> dict[str, object]:
    at = "2026-11-22 10:00:00.123"
    return {
        "person_id": WHO,
        "at": at,
        "received_at": at,
        "event": "Seen",
        "message_id": str(uuid.uuid4()),
    } | more


def put(*lines: dict[str, object], token: str = "") -> None:
    text = b"\n".join(json.dumps(line).encode() for line in lines)
    engine.insert_lines("events", text, token=token or str(uuid.uuid4()))


@pytest.mark.parametrize(
    "properties",
    [
        {"day": "2026-01-31", "moment": "2026-01-31T10:00:00Z", "number": "12"},
        {"price": 2.55, "count": 3, "large": 9007199254740993, "yes": True},
        {"address": {"city": "Köln", "geo": {"lat": 50.9}}},
        {"products": [{"sku": "a", "price": 1.5}, {"sku": "b"}], "tags": ["x", "y"]},
        {"quote": 'He said "no"\\\n', "": "empty name"},
    ],
)
def test_properties_come_out_as_they_went_in(clickhouse, properties):
    put(line(properties=properties))
    stored = engine.scalar(f"SELECT toString(properties) FROM events WHERE person_id = '{WHO}'")
    assert json.loads(stored) == properties


def test_what_a_line_leaves_out_has_its_default(clickhouse):
    put(line())
    (row,) = engine.rows("SELECT toString(context) AS context, owner_id, origin_id, user_id FROM events")
    assert row == {"context": "{}", "owner_id": uuid.UUID(WHO), "origin_id": uuid.UUID(WHO), "user_id": ""}


def test_whose_it_was_is_kept_where_the_line_says_so(clickhouse):
    put(line(owner_id=OTHER))
    (row,) = engine.rows("SELECT owner_id, origin_id FROM events")
    assert row == {"owner_id": uuid.UUID(OTHER), "origin_id": uuid.UUID(WHO)}


def test_a_block_sent_again_is_stored_and_counted_once(clickhouse):
    lines, token = [line() for _ in range(3)], str(uuid.uuid4())
    put(*lines, token=token)
    put(*lines, token=token)
    assert engine.scalar("SELECT count() FROM events") == 3
    assert engine.scalar("SELECT sum(count) FROM event_days") == 3


def test_a_row_that_cannot_be_read_is_refused_as_such(clickhouse):
    with pytest.raises(DatabaseError) as refused:
        put(line(), line(properties=[1]))
    assert _is_about_data(refused.value)
    assert engine.scalar("SELECT count() FROM events") == 0
