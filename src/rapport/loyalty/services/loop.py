"""The loyalty loop: orders and events that were noted, what time brings, and what profiles are told."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, transaction

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.loyalty.models import StaleOrders
from rapport.loyalty.services import bonuses, referrals, traits, upkeep
from rapport.loyalty.services.earning import events, orders

logger = logging.getLogger("rapport.loyalty")
LOCK = 7_302_410
ORDERS = 2_000


def run_once(clock: Clock = SYSTEM) -> int:
    """One round; returns how much there was to do. Orders are judged by one worker at a time."""
    return sum(
        (
            _orders(clock),
            events.run_once(clock),
            referrals.run_once(clock),
            bonuses.run_once(clock),
            upkeep.settle_due(clock),
            upkeep.expire_due(clock),
            traits.refresh(clock),
        )
    )


@transaction.atomic
def _orders(clock: Clock) -> int:
    if not sql.run("SELECT pg_try_advisory_xact_lock(%b)", [LOCK])[0][0]:
        return 0
    taken: list[int] = []
    ids: set[uuid.UUID] = set()
    for pk, waiting in StaleOrders.objects.order_by("pk").values_list("pk", "orders")[:200]:
        if taken and len(ids) + len(waiting) > ORDERS:
            break
        taken.append(pk)
        ids.update(waiting)
    if ids:
        judge(sorted(ids), clock)
    StaleOrders.objects.filter(pk__in=taken).delete()
    return len(taken)


def judge(order_ids: Sequence[uuid.UUID], clock: Clock) -> None:
    """Judges orders. One that cannot be keeps what it gave, and holds up no other."""
    try:
        with transaction.atomic():
            orders.judge(order_ids, clock)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(order_ids) == 1:
            logger.exception("the order %s gave no points", order_ids[0])
            return
        half = len(order_ids) // 2
        judge(order_ids[:half], clock)
        judge(order_ids[half:], clock)
