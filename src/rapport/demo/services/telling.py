"""Hands the shop's queued events to Rapport's capture API; what is not taken is tried again."""

from __future__ import annotations

import datetime as dt
import logging
import sys

import msgspec
from django.conf import settings

from rapport.core import jobs
from rapport.core.clock import SYSTEM, Clock
from rapport.demo.models import DemoShop, ShopEvent
from rapport.demo.seeding.capture_client import CaptureClient, Refused, Unreachable

log = logging.getLogger("rapport.shop")
AT_ONCE = 100
LONGEST_PAUSE = 300


def tell_waiting(clock: Clock = SYSTEM, *, client: CaptureClient | None = None) -> int:
    """Sends what is due in one batch; returns how many events were taken.

    A crash between sending and forgetting sends again with the same message ids, which stores once.
    """
    shop = DemoShop.objects.first()
    waiting = ShopEvent.objects.filter(refused=False).order_by("id")
    batch = jobs.claim(waiting, now=clock.now(), limit=AT_ONCE) if shop else []
    if shop is None or not batch:
        return 0
    sender = client or CaptureClient(settings.PUBLIC_URL, shop.server_key, timeout=5.0)
    try:
        sender.send(_body(batch), tries=1)
    except (Refused, Unreachable) as error:
        log.warning("the shop's events were not taken: %s", error)
        attempts = 5 if isinstance(error, Refused) else sys.maxsize
        for event in batch:
            wait = dt.timedelta(seconds=min(LONGEST_PAUSE, 2**event.attempts))
            jobs.fail(event, str(error), now=clock.now(), attempts=attempts, wait=wait, refused=True)
        return 0
    ShopEvent.objects.filter(pk__in=[event.pk for event in batch]).delete()
    return len(batch)


def _body(waiting: list[ShopEvent]) -> bytes:
    return msgspec.json.encode({"batch": [event.payload for event in waiting]})
