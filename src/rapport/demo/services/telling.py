"""Hands what the shop has to tell to Rapport's APIs; what is not taken is tried again."""

from __future__ import annotations

import datetime as dt
import logging
import sys

import msgspec
from django.conf import settings

from rapport.core import crypto, jobs
from rapport.core.clock import SYSTEM, Clock
from rapport.demo.models import DemoShop, ShopEvent
from rapport.demo.seeding.capture_client import API_KEY, CaptureClient, Refused, Unreachable

log = logging.getLogger("rapport.shop")
AT_ONCE = 100
LONGEST_PAUSE = 300


def tell_waiting(clock: Clock = SYSTEM, *, client: CaptureClient | None = None) -> int:
    """Sends what is due, events in one batch; returns how much was taken.

    A crash between sending and forgetting sends again: events with the same message ids, which stores once, and
    figures that are set, not added.
    """
    shop = DemoShop.objects.first()
    waiting = ShopEvent.objects.filter(refused=False).order_by("id")
    batch = jobs.claim(waiting, now=clock.now(), limit=AT_ONCE) if shop else []
    if shop is None or not batch:
        return 0
    taken = _send_events([row for row in batch if not row.path], shop, client, clock)
    return taken + sum(_call(row, shop, clock) for row in batch if row.path)


def _send_events(events: list[ShopEvent], shop: DemoShop, client: CaptureClient | None, clock: Clock) -> int:
    if not events:
        return 0
    sender = client or CaptureClient(settings.PUBLIC_URL, shop.server_key, timeout=5.0)
    body = msgspec.json.encode({"batch": [event.payload for event in events]})
    return _sent(sender, "/v1/batch", body, events, clock)


def _call(row: ShopEvent, shop: DemoShop, clock: Clock) -> int:
    key = crypto.open_sealed(API_KEY, shop.api_key)
    sender = CaptureClient(settings.PUBLIC_URL, api_key=key, timeout=5.0)
    return _sent(sender, row.path, msgspec.json.encode(row.payload), [row], clock)


def _sent(sender: CaptureClient, path: str, body: bytes, rows: list[ShopEvent], clock: Clock) -> int:
    try:
        sender.send(body, path=path, tries=1)
    except (Refused, Unreachable) as error:
        log.warning("what the shop tells was not taken: %s", error)
        attempts = 5 if isinstance(error, Refused) else sys.maxsize
        for row in rows:
            wait = dt.timedelta(seconds=min(LONGEST_PAUSE, 2**row.attempts))
            jobs.fail(row, str(error), now=clock.now(), attempts=attempts, wait=wait, refused=True)
        return 0
    ShopEvent.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
