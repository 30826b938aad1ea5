"""Uses that come back: released, lapsed, cancelled. In sets, and each at most once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from rapport.core import sql
from rapport.core.jobs import claim_rows
from rapport.promotions.models import Coupon, Promotion, Redemption
from rapport.promotions.services.claims import lock_number

State = Redemption.State


def lapse(rows: QuerySet[Redemption], now: dt.datetime, limit: int = 500) -> int:
    """Ends reservations among these whose time is over, in the caller's transaction; returns how many."""
    over = rows.filter(state=State.RESERVED, reserved_until__lte=now).order_by("reserved_until")
    return give_back([row.pk for row in claim_rows(over, limit=limit)], State.LAPSED, now)


@transaction.atomic
def give_back(ids: Sequence[uuid.UUID], state: State, now: dt.datetime, reason: str = "") -> int:
    """Ends those of them that are held or used; returns how many those were."""
    if not ids:
        return 0
    live = Redemption.objects.filter(pk__in=ids, state__in=Redemption.LIVE)
    promotions = sorted(set(live.values_list("promotion_id", flat=True)))
    for promotion in promotions:
        sql.run("SELECT pg_advisory_xact_lock_shared(%b)", [lock_number("limits", promotion)])
    # Only what this call ends comes back here: another one that ends the same finds it ended.
    rows: Any = list(live.select_for_update().values_list("pk", "coupon_id", "promotion_id", "discount"))
    Redemption.objects.filter(pk__in=[row[0] for row in rows]).update(
        state=state, ended_at=now, reserved_until=None, reason=reason[:254]
    )
    for coupon, uses in sorted(Counter(row[1] for row in rows).items()):
        Coupon.objects.filter(pk=coupon).exclude(max_uses=None).update(uses=Greatest(F("uses") - uses, 0))
    for promotion in promotions:
        discounts = [row[3] for row in rows if row[2] == promotion]
        _uncount(promotion, len(discounts), sum(discounts, Decimal(0)))
    return len(rows)


def _uncount(promotion: int, uses: int, discount: Decimal) -> None:
    """Promotions without limits count nothing."""
    limited = Promotion.objects.filter(pk=promotion).exclude(total_limit=None, budget=None)
    limited.update(uses=Greatest(F("uses") - uses, 0), spent=Greatest(F("spent") - discount, Decimal(0)))
