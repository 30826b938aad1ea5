"""`bench commerce`: orders projected from events beside a bare COPY of the same rows."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import psutil

from rapport.bench import order_files, rig
from rapport.events.registry import Occurrence

ORDERS, PEOPLE, BATCH, LINES = 100_000, 5_000, 5_000, 5
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def measure(folder: Path, orders: int) -> dict[str, Any]:
    """One process hears the events and folds them, in turns, as the stream and the projector do beside each other."""
    with rig.engines(folder):
        homes = _people()
        seconds, cpu, again = _projected(orders, homes)
        value_seconds = order_files.valued()
        bare = _bare()
    figures = {
        "orders_per_second": round(orders / seconds),
        "orders_per_second_corrected": round(orders / 10 / again),
        "bare_copy_orders_per_second": round(orders / bare),
        "ratio_to_bare_copy": round(bare / seconds, 3),
        "value_seconds": value_seconds,
        "cpu_us_per_order": round(cpu / orders * 1e6, 1),
    }
    return {"figures": figures, "sizes": {"orders": orders, "lines": LINES, "people": PEOPLE}}


def _people() -> list[uuid.UUID]:
    from rapport.people.models import Person

    people = [Person(id=uuid.uuid4(), first_seen_at=START, last_seen_at=START) for _ in range(PEOPLE)]
    Person.objects.bulk_create(people, batch_size=1000)
    return [person.pk for person in people]


def _projected(orders: int, homes: Sequence[uuid.UUID]) -> tuple[float, float, float]:
    """(seconds, processor seconds of this process, seconds for a correction of a tenth of them)."""
    batches = list(_made_up(orders, homes))
    process = psutil.Process()
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    for batch in batches:
        _take(batch)
    seconds, cpu = time.monotonic() - began, sum(process.cpu_times()[:2]) - before
    began = time.monotonic()
    for batch in _made_up(orders // 10, homes, event="Order Updated"):
        _take(batch)
    return seconds, cpu, time.monotonic() - began


def _take(batch: Sequence[Occurrence]) -> None:
    from django.db import transaction

    from rapport.commerce.services.order_facts import hearing
    from rapport.commerce.services.orders import projection

    with transaction.atomic():
        hearing.hear(batch)
    while projection.run_once():
        pass


def _made_up(
    orders: int, homes: Sequence[uuid.UUID], event: str = "Order Completed"
) -> Iterator[list[Occurrence]]:
    for first in range(0, orders, BATCH):
        yield [_order(number, homes, event) for number in range(first, min(first + BATCH, orders))]


def _order(number: int, homes: Sequence[uuid.UUID], event: str) -> Occurrence:
    lines = ",".join(
        f'{{"product_id":"P{(number * 7 + line) % 9973}","sku":"S{(number * 7 + line) % 9973}","name":"Product {line}",'
        f'"price":{line + 1}.95,"quantity":{line + 1}}}'
        for line in range(LINES)
    )
    properties = (
        f'{{"order_id":"N-{number}","currency":"GBP","total":113.40,"shipping":4.95,"products":[{lines}]}}'
    )
    return occurrence(
        event,
        f"{event}-{number}",
        START + dt.timedelta(seconds=number),
        homes[number % len(homes)],
        properties.encode(),
    )


def occurrence(
    event: str, message_id: str, at: dt.datetime, home: uuid.UUID, properties: bytes
) -> Occurrence:
    """An event as the stream tells of it, from a server."""
    key = blake2b(message_id.encode(), digest_size=16).digest()
    return Occurrence(event, message_id, at, home, "shop", properties, "track", key, home, False, True)


def _bare() -> float:
    """Seconds for the same rows by COPY into tables of the same columns and indexes."""
    import psycopg

    from rapport.commerce.models import CommerceFact, Order, OrderLine
    from rapport.core import sql

    seconds = 0.0
    tables = [model._meta.db_table for model in (Order, OrderLine, CommerceFact)]
    with psycopg.connect(sql.dsn()) as link, link.cursor() as cursor:
        for table in tables:
            with cursor.copy(f"COPY {table} TO STDOUT".encode()) as copy:
                rows = b"".join(bytes(block) for block in copy)
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)".encode())
            link.commit()
            began = time.monotonic()
            with cursor.copy(f"COPY bare_{table} FROM STDIN".encode()) as into:
                into.write(rows)
            link.commit()
            seconds += time.monotonic() - began
    return seconds
