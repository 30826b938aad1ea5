"""The world of `bench segments`: a shop's customers and a year of what they did, made inside ClickHouse.

The contents of half a million events are made up once; every block of events then takes them with other
persons, times and message ids. That spares reading JSON a hundred million times; all that is measured differs
from event to event. The newest month is made first, so that a world half made is whole in what is looked at most;
what was made is taken up again where it was left off, on the same day.
"""

from __future__ import annotations

import bisect
import contextlib
import datetime as dt
import itertools
import os
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from clickhouse_connect.driver.exceptions import OperationalError

from rapport.core.clock import SYSTEM, Clock

PERSON = "reinterpretAsUUID(MD5(concat('bench', toString({n}))))"
_PEOPLE = f"""
    INSERT INTO people (
        person_id, version, deleted, is_identified, first_seen_at, last_seen_at, traits, identifiers, consents)
    WITH concat('p', toString(number), '@example.org') AS email,
        intHash64(number) % 31536000 AS first_ago, intHash64(first_ago) % (first_ago + 1) AS last_ago
    SELECT {PERSON.format(n="number")}, 1, 0, 1,
        now64(3) - toIntervalSecond(first_ago), now64(3) - toIntervalSecond(last_ago),
        concat('{{"country":"', ['GB','DE','FR','NL','ES'][1 + number % 5], '","email":"', email, '","first_name":"N',
            toString(number % 1000), '","last_name":"M', toString(number % 9973), '","plan":"',
            ['free','plus','pro'][1 + number % 3], '","lifetime_value":', toString(number % 777), '}}'),
        [concat('email:', email)], if(number % 3, ['newsletter/email'], [])
    FROM numbers({{from:UInt64}}, {{count:UInt64}})
"""
MERGED_WITHIN = 600.0
SEED, CONTENTS, BLOCK = "bench_contents", 500_000, 2_000_000
_SEED = f"""
    INSERT INTO {SEED}
    WITH cityHash64(number) AS dice, toString(cityHash64(dice, 4) % 5000) AS sku,
        toString(5 + cityHash64(dice, 3) % 200) AS total,
        ['Page Viewed', 'Page Viewed', 'Page Viewed', 'Page Viewed', 'Page Viewed', 'Product Viewed',
            'Product Viewed', 'Product Added', 'Message Opened',
            'Order Completed'][1 + cityHash64(dice, 2) % 10] AS name
    SELECT number, name, if(name = 'Page Viewed', 'page', 'track'),
        concat('{{"locale":"en-GB","library":{{"name":"analytics.js","version":"2.11.1"}},"page":{{"path":"/p/', sku,
            '"}},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1',
            toString(dice % 40), '.0.0.0 Safari/537.36"}}'),
        multiIf(name = 'Order Completed', concat('{{"order_id":"O', toString(dice % 100000000), '","total":', total,
                ',"currency":"GBP","products":[{{"product_id":"S', sku, '","price":', total, ',"quantity":1}}]}}'),
            name = 'Message Opened', concat('{{"campaign_id":"', toString(dice % 50), '","human_probability":0.9}}'),
            name = 'Page Viewed', concat('{{"path":"/p/', sku, '","title":"Page ', sku, '"}}'),
            concat('{{"product_id":"S', sku, '","price":9.5,"currency":"GBP"}}'))
    FROM numbers({{contents:UInt64}})
"""
# A power of a uniform number gives few persons many events and most persons some.
_EVENTS = f"""
    INSERT INTO events (
        person_id, at, event, type, message_id, received_at, source, user_id, anonymous_id, context, properties)
    WITH cityHash64(number, round, {{block:UInt32}}) AS dice, sipHash128(dice) AS id,
        toUInt64(pow((dice % 1000003) / 1000003, 1.6) * {{persons:UInt64}}) AS who,
        {PERSON.format(n="who")} AS person,
        fromUnixTimestamp64Milli(toInt64({{start:Int64}} + cityHash64(dice, 1) % {{span:UInt64}}), 'UTC') AS at
    SELECT person, at, event, type, lower(hex(id)), at + toIntervalMillisecond(dice % 900), 'Shop',
        concat('u', toString(who)), concat('a-', toString(person)), context, properties
    FROM {SEED} CROSS JOIN (SELECT number AS round FROM numbers({{rounds:UInt64}})) AS r
    WHERE round * {{contents:UInt64}} + number < {{count:UInt64}}
    SETTINGS max_insert_threads = 2, min_insert_block_size_rows = {BLOCK}, min_insert_block_size_bytes = 2000000000
"""


def fill(persons: int, events: int, newest: int = 0) -> bool:
    """Makes so many of both, or what is missing of them; whether anything was made.

    `newest`: no more than so many events, the last ones of the year, as densely as if all were there.
    """
    stored = _count("events")
    blocks = list(_blocks(events))
    ends = [0, *itertools.accumulate(count for _, _, count in blocks)]
    blocks = blocks[: bisect.bisect_right(ends, newest) - 1] if newest else blocks
    if _count("people") == persons and stored >= ends[len(blocks)]:
        settle()
        return False
    if _count("people") != persons or stored not in ends:
        for table in ("people", "events"):
            _run(f"TRUNCATE TABLE {table}")
        stored = 0
        for start in range(0, persons, 200_000):
            _run(_PEOPLE, {"from": start, "count": min(200_000, persons - start)})
    _run(
        f"CREATE OR REPLACE TABLE {SEED} ENGINE = MergeTree ORDER BY number AS"
        " SELECT toUInt64(0) AS number, event, type, context, properties FROM events LIMIT 0"
    )
    contents = min(CONTENTS, events)
    _run(_SEED, {"contents": contents})
    _run("SYSTEM STOP MERGES events")  # each month is merged once, when it is whole
    for number, (start, span, count) in list(enumerate(blocks))[ends.index(stored) :]:
        values = {"start": start, "span": span, "count": count, "block": number, "persons": persons}
        _run(_EVENTS, values | {"contents": contents, "rounds": -(-count // contents)})
    _run("SYSTEM START MERGES events")
    _run(f"DROP TABLE {SEED}")
    settle()
    return True


def _run(sql: str, parameters: dict[str, Any] | None = None) -> None:
    """A statement that may take as long as it likes."""
    from django.conf import settings

    from rapport.core import clickhouse

    clickhouse.connect(settings.CLICKHOUSE_URL, timeout=7200).command(sql, parameters=parameters)


def settle() -> None:
    """Merges what a week would merge: every month but the newest into one part."""
    from rapport.core import clickhouse

    months = clickhouse.rows(
        "SELECT partition FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'"
        " GROUP BY partition HAVING count() > 1 AND partition < toString(toYYYYMM(now())) ORDER BY partition"
    )
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(_merge, row["partition"]) for row in months]:
            done.result()


def _merge(partition: str) -> None:
    """On a busy machine a month takes longer than the client waits; the merge goes on without it."""
    from rapport.core import clickhouse

    count_parts = """SELECT count() FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'
        AND partition = {partition:String}"""
    with contextlib.suppress(OperationalError):
        clickhouse.execute(f"OPTIMIZE TABLE events PARTITION {int(partition):d} FINAL")
    deadline = time.monotonic() + MERGED_WITHIN
    while clickhouse.scalar(count_parts, {"partition": partition}) > 1 and time.monotonic() < deadline:
        time.sleep(1)


def _count(table: str) -> int:
    from rapport.core import clickhouse

    return int(clickhouse.scalar(f"SELECT count() FROM {table}") or 0)


def _blocks(events: int, clock: Clock = SYSTEM) -> Iterator[tuple[int, int, int]]:
    """(start and length in milliseconds, events) of each block of the year until midnight, the newest month first."""
    now = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    edges = [now - dt.timedelta(days=365)]
    while (following := (edges[-1].replace(day=1) + dt.timedelta(days=32)).replace(day=1)) < now:
        edges.append(following.replace(hour=0, minute=0, second=0, microsecond=0))
    edges.append(now)
    moments = [int(edge.timestamp() * 1000) for edge in edges]
    done, year = 0, moments[-1] - moments[0]
    for end, start in itertools.pairwise(reversed(moments)):
        upto = events * (moments[-1] - start) // year
        while done < upto:
            count = min(BLOCK, upto - done)
            yield start, end - start, count
            done += count


def some(persons: int, count: int) -> list[uuid.UUID]:
    """So many persons, evenly from the busiest to the quietest."""
    from rapport.core import clickhouse

    step = max(1, persons // count)
    sql = f"SELECT {PERSON.format(n='number * {step:UInt64}')} AS id FROM numbers({{count:UInt64}})"
    return [row["id"] for row in clickhouse.rows(sql, {"step": step, "count": count})]
