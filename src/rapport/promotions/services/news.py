"""Domain events of coupons, in the names of the e-commerce specification where it has one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.promotions.models import Coupon, Promotion, Redemption


def tell(event: str, row: Redemption, coupon: Coupon, promotion: Promotion, now: dt.datetime) -> None:
    """Of whom it is known; in the caller's transaction."""
    if row.person_id is None:
        return
    given = {
        **properties(coupon, promotion),
        "discount": float(row.discount),
        "currency": row.currency,
        "order_id": row.order_ref,
        "cart_id": row.cart_ref,
        "reason": row.reason,
    }
    message_id = f"{event.lower().replace(' ', '-')}-{row.pk}"
    kept = {name: value for name, value in given.items() if value not in ("", None)}
    outbox.emit_many([DomainEvent(event, row.person_id, kept, message_id, now)])


def tell_of_codes(event: str, coupons: Iterable[Coupon], now: dt.datetime) -> None:
    """Of those whom they were issued to."""
    outbox.emit_many(
        DomainEvent(
            event,
            coupon.person_id,
            properties(coupon, coupon.promotion),
            f"{event.lower().replace(' ', '-')}-{coupon.pk}",
            now,
        )
        for coupon in coupons
        if coupon.person_id is not None
    )


def properties(coupon: Coupon, promotion: Promotion) -> dict[str, Any]:
    """What the specification calls them, and when the code ends."""
    given: dict[str, Any] = {
        "coupon_id": str(coupon),
        "coupon_name": promotion.name,
        "promotion": promotion.key,
    }
    ends = min([at for at in (coupon.expires_at, promotion.ends_at) if at], default=None)
    return given | ({"expires_at": ends.isoformat()} if ends else {})
