"""The part of `bench journeys` that tries a journey over a month: many events, of which few concern it."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import Any

from rapport.core.clock import SYSTEM, Clock

EVENTS, ENTRIES, DAYS = 10_000_000, 100_000, 30
BLOCK = 250_000
_PERSON = "reinterpretAsUUID(MD5(concat('replay', toString({n}))))"
# Everybody leaves one cart; of all that happens besides, one in twenty is an order.
_EVENTS = f"""
    INSERT INTO events (person_id, at, event, type, message_id, received_at, source, properties)
    WITH number + {{from:UInt64}} AS n, cityHash64(n) AS dice,
        if(n < {{persons:UInt64}}, n, dice % {{persons:UInt64}}) AS who,
        fromUnixTimestamp64Milli(toInt64({{start:Int64}} + cityHash64(dice, 1) % {{span:UInt64}}), 'UTC') AS at
    SELECT {_PERSON.format(n="who")}, at,
        if(n < {{persons:UInt64}}, 'Cart Abandoned', ['Page Viewed', 'Page Viewed', 'Product Viewed',
            'Page Viewed', if(dice % 4 = 0, 'Order Completed', 'Product Added')][1 + dice % 5]),
        'track', lower(hex(sipHash128(n))), at, 'Shop',
        concat('{{"total":', toString(dice % 200), ',"currency":"GBP","path":"/p/', toString(dice % 5000), '"}}')
    FROM numbers({{count:UInt64}})
"""
DEFINITION: dict[str, Any] = {
    "trigger": {"type": "event", "event": "Cart Abandoned"},
    "goal": {"event": "Order Completed"},
    "start": "hour",
    "steps": {
        "hour": {"type": "wait", "for": {"hours": 1}, "next": "worth"},
        "worth": {
            "type": "if",
            "if": {"property": "total", "op": "gte", "value": 50},
            "next": {"yes": "mail", "no": "morning"},
        },
        "mail": {"type": "send", "channel": "email", "purpose": "bench", "template": "", "next": "morning"},
        "morning": {"type": "wait_until", "time": "09:00", "next": "last"},
        "last": {"type": "send", "channel": "email", "purpose": "bench", "template": ""},
    },
}


def measure(events: int, entries: int, clock: Clock = SYSTEM) -> dict[str, Any]:
    """In the engines that run: so many events of a month, and one entry for each of `entries` people."""
    from rapport.journeys.models import Journey, Replay
    from rapport.journeys.services.replaying import replays
    from rapport.journeys.services.replaying.sampling import Samples
    from rapport.journeys.services.replaying.tallying import Difference

    now = clock.now()
    since = now - dt.timedelta(days=DAYS)
    _people(entries, now)
    _happen(events, entries, since, now)
    journey = Journey.objects.create(name="Tried", created_at=now, created_by="bench")
    replay = Replay(
        journey=journey, definition=DEFINITION, since=since, until=now, created_at=now, created_by="bench"
    )
    began = time.monotonic()
    (side,) = replays.counted(replay, Samples(), Difference(), None)
    spent = time.monotonic() - began
    return {
        "replay_seconds": round(spent, 1),
        "replayed_entries": side.tally.entered,
        "replayed_messages": side.tally.messages,
        "replayed_events": events,
    }


def _people(count: int, now: dt.datetime) -> None:
    """Two of three agreed."""
    from rapport.core import clickhouse
    from rapport.governance.models import ConsentRecord, Purpose
    from rapport.people.models import Person

    purpose, _created = Purpose.objects.get_or_create(key="bench", defaults={"name": "Bench"})
    rows = clickhouse.client().query(f"SELECT {_PERSON.format(n='number')} FROM numbers({count})").result_rows
    agreed_at = now - dt.timedelta(days=400)
    for start in range(0, count, 5_000):
        ids: list[uuid.UUID] = [person for (person,) in rows[start : start + 5_000]]
        Person.objects.bulk_create(
            Person(
                id=pk, name=f"Eve {pk}", email=f"{pk}@example.org", first_seen_at=agreed_at, last_seen_at=now
            )
            for pk in ids
        )
        ConsentRecord.objects.bulk_create(
            ConsentRecord(
                person_id=pk, purpose=purpose, channel="email", state="granted", at=agreed_at, source="Shop"
            )
            for number, pk in enumerate(ids)
            if number % 3
        )


def _happen(events: int, people: int, since: dt.datetime, until: dt.datetime) -> None:
    from rapport.core import clickhouse

    span = int((until - since).total_seconds() * 1000)
    for start in range(0, events, BLOCK):
        values = {"from": start, "persons": people, "start": int(since.timestamp() * 1000), "span": span}
        clickhouse.execute(_EVENTS, {**values, "count": min(BLOCK, events - start)})
