"""Sends the year's events through the capture API, as any shop's import of its history would."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import close_old_connections

from rapport.core.clock import SYSTEM
from rapport.integrations.demo import events
from rapport.integrations.models import DemoShop
from rapport.integrations.services.capture_client import CaptureClient

CONNECTIONS = 2
AHEAD = 4  # batches encoded but not yet accepted, per connection
TOTAL = 400_000  # roughly, for the progress bar of a first load
REMEMBER_EVERY = 10

Progress = Callable[[int, int], None]


def is_loaded() -> bool:
    """Whether the whole history has been accepted before."""
    return DemoShop.objects.filter(history_done_at__isnull=False).exists()


def load(
    base_url: str,
    *,
    progress: Progress = lambda done, total: None,
    batches: Iterable[tuple[int, bytes]] | None = None,
    client: CaptureClient | None = None,
) -> int:
    """Loads what of the history is not loaded yet; returns how many events were sent now.

    `progress(done, total)` is called after each batch. Goes on where an earlier load stopped; loading twice
    stores once, because message ids are the same. Raises `Refused` or `Unreachable` of the capture client.
    """
    shop = DemoShop.objects.get()
    if shop.history_done_at:
        return 0
    sender = client or CaptureClient(base_url, shop.server_key, connections=CONNECTIONS)
    ledger = _Ledger(shop, progress)
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="demo-load") as pool:
        room = threading.Semaphore(CONNECTIONS * AHEAD)
        waiting: list[Future[None]] = []
        for number, (count, body) in enumerate(batches or events.batches(shop.history_until)):
            if number < shop.history_batches:
                continue
            room.acquire()
            ledger.expect(number, count)
            future = pool.submit(sender.send, body)
            future.add_done_callback(lambda _: room.release())
            waiting = _settle([*waiting, future], ledger)
        _settle(waiting, ledger, everything=True)
    return ledger.finish()


def _settle(waiting: list[Future[None]], ledger: _Ledger, *, everything: bool = False) -> list[Future[None]]:
    """Counts the batches at the front that were accepted; a refusal is raised here."""
    while waiting and (everything or waiting[0].done()):
        waiting.pop(0).result()
        ledger.accepted()
    return waiting


class _Ledger:
    """How far the load is: only an unbroken run of accepted batches counts, so that going on misses nothing."""

    def __init__(self, shop: DemoShop, progress: Progress) -> None:
        self._shop, self._progress = shop, progress
        self._counts: list[int] = []
        self._sent = 0

    def expect(self, number: int, count: int) -> None:
        self._counts.append(count)

    def accepted(self) -> None:
        count = self._counts.pop(0)
        self._sent += count
        self._shop.history_events += count
        self._shop.history_batches += 1
        if self._shop.history_batches % REMEMBER_EVERY == 0:
            self._shop.save(update_fields=["history_batches", "history_events"])
        self._progress(self._shop.history_events, max(TOTAL, self._shop.history_events))

    def finish(self) -> int:
        self._shop.history_done_at = SYSTEM.now()
        self._shop.save(update_fields=["history_batches", "history_events", "history_done_at"])
        self._progress(self._shop.history_events, self._shop.history_events)
        return self._sent


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
