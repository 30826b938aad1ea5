"""Hands the shop's queued events to Rapport's capture API; what is not taken is tried again."""

from __future__ import annotations

import datetime as dt
import logging

import msgspec
from django.conf import settings
from django.db import transaction

from rapport.core.clock import SYSTEM, Clock
from rapport.demo.models import DemoShop, ShopEvent
from rapport.demo.services.capture_client import CaptureClient, Refused, Unreachable

log = logging.getLogger("rapport.shop")
AT_ONCE = 100
LONGEST_PAUSE = 300


def tell_waiting(clock: Clock = SYSTEM, *, client: CaptureClient | None = None) -> int:
    """Sends what is due in one batch; returns how many events were taken.

    A crash between sending and forgetting sends again with the same message ids, which stores once.
    """
    with transaction.atomic():
        waiting = list(
            ShopEvent.objects.select_for_update(skip_locked=True)
            .filter(next_at__lte=clock.now(), refused="")
            .order_by("id")[:AT_ONCE]
        )
        shop = DemoShop.objects.first() if waiting else None
        if shop is None:
            return 0
        sender = client or CaptureClient(settings.PUBLIC_URL, shop.server_key, timeout=5.0)
        try:
            sender.send(_body(waiting), tries=1)
        except (Refused, Unreachable) as error:
            _put_off(waiting, error, clock)
            return 0
        ShopEvent.objects.filter(pk__in=[event.pk for event in waiting]).delete()
        return len(waiting)


def _body(waiting: list[ShopEvent]) -> bytes:
    return msgspec.json.encode({"batch": [event.payload for event in waiting]})


def _put_off(waiting: list[ShopEvent], error: Exception, clock: Clock) -> None:
    log.warning("the shop's events were not taken: %s", error)
    for event in waiting:
        event.attempts += 1
        event.next_at = clock.now() + dt.timedelta(seconds=min(LONGEST_PAUSE, 2**event.attempts))
        event.refused = str(error) if isinstance(error, Refused) and event.attempts >= 5 else ""
    ShopEvent.objects.bulk_update(waiting, ["attempts", "next_at", "refused"])
