"""Sends the year's events through the capture API, as any shop's import of its history would."""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import close_old_connections

from rapport.core.clock import SYSTEM, Clock
from rapport.demo.models import DemoShop
from rapport.demo.seeding import events
from rapport.demo.seeding.capture_client import CaptureClient

CONNECTIONS = 2
AHEAD = 4  # batches encoded but not yet accepted, per connection
TOTAL, CUSTOMERS = 400_000, 4_383  # roughly, for the progress bar of a first load
REMEMBER_EVERY = 10


def is_loaded() -> bool:
    """Whether the whole history has been accepted before."""
    return DemoShop.objects.filter(history_done_at__isnull=False).exists()


def load(
    base_url: str,
    *,
    batches: Iterable[tuple[int, bytes]] | None = None,
    customers: int | None = None,
    client: CaptureClient | None = None,
) -> Iterator[tuple[int, int]]:
    """Loads what of the history is not loaded yet, yielding (events accepted so far, about how many in all).

    Goes on where an earlier load stopped; loading twice stores once, because message ids are the same.
    Raises `Refused` or `Unreachable` of the capture client.
    """
    shop = DemoShop.objects.get()
    if shop.history_done_at:
        return
    sender = client or CaptureClient(base_url, shop.server_key, connections=CONNECTIONS)
    ledger = _Ledger(shop, TOTAL if customers is None else TOTAL * customers // CUSTOMERS)
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="demo-load") as pool:
        room = threading.Semaphore(CONNECTIONS * AHEAD)
        waiting: list[Future[None]] = []
        batches_due = events.batches(shop.history_until, customers=customers) if batches is None else batches
        for number, (count, body) in enumerate(batches_due):
            if number < shop.history_batches:
                continue
            room.acquire()
            ledger.expect(count)
            future = pool.submit(sender.send, body)
            future.add_done_callback(lambda _: room.release())
            waiting = _settle([*waiting, future], ledger)
            yield ledger.figures
        _settle(waiting, ledger, everything=True)
    ledger.finish()
    yield ledger.figures


def _settle(waiting: list[Future[None]], ledger: _Ledger, *, everything: bool = False) -> list[Future[None]]:
    """Counts the batches at the front that were accepted; a refusal is raised here."""
    while waiting and (everything or waiting[0].done()):
        waiting.pop(0).result()
        ledger.accepted()
    return waiting


class _Ledger:
    """How far the load is: only an unbroken run of accepted batches counts, so that going on misses nothing."""

    def __init__(self, shop: DemoShop, total: int) -> None:
        self._shop, self._total = shop, total
        self._counts: deque[int] = deque()

    @property
    def figures(self) -> tuple[int, int]:
        done = self._shop.history_events
        return done, done if self._shop.history_done_at else max(self._total, done)

    def expect(self, count: int) -> None:
        self._counts.append(count)

    def accepted(self) -> None:
        self._shop.history_events += self._counts.popleft()
        self._shop.history_batches += 1
        if self._shop.history_batches % REMEMBER_EVERY == 0:
            self._shop.save(update_fields=["history_batches", "history_events"])

    def finish(self, clock: Clock = SYSTEM) -> None:
        self._shop.history_done_at = clock.now()
        self._shop.save(update_fields=["history_batches", "history_events", "history_done_at"])


def prepare(*, website_key: str, server_key: str, now: dt.datetime | None = None) -> DemoShop:
    """Gives the shop its write keys; the history's end is fixed at the first call and stays."""
    close_old_connections()
    shop, _ = DemoShop.objects.update_or_create(
        id=1,
        defaults={"website_key": website_key, "server_key": server_key},
        create_defaults={
            "website_key": website_key,
            "server_key": server_key,
            "history_until": now or SYSTEM.now(),
        },
    )
    return shop
