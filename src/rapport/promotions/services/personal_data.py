"""What promotions hold about people: handed out, forgotten, and moved when two persons become one."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core.clock import SYSTEM, Clock
from rapport.core.registry import PersonalData
from rapport.people.services.moving import rows_follow
from rapport.promotions.models import Coupon, FailedTry, Redemption
from rapport.promotions.services import giving_back


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Their codes and what they used them for."""
    coupons = Coupon.objects.filter(person_id__in=person_ids).select_related("promotion").order_by("pk")
    rows = Redemption.objects.filter(person_id__in=person_ids).select_related("promotion", "coupon")
    return {
        "coupons": [
            {
                "code": str(coupon),
                "promotion": coupon.promotion.name,
                "issued_at": coupon.issued_at.isoformat() if coupon.issued_at else None,
                "expires_at": coupon.expires_at.isoformat() if coupon.expires_at else None,
            }
            for coupon in coupons
        ],
        "redemptions": [
            {
                "code": str(row.coupon),
                "promotion": row.promotion.name,
                "state": row.state,
                "order": row.order_ref,
                "discount": str(row.discount),
                "currency": row.currency,
                "at": row.at.isoformat(),
            }
            for row in rows.order_by("at")
        ],
    }


def erase(person_ids: list[uuid.UUID], clock: Clock = SYSTEM) -> dict[str, int]:
    """Sums stay for the books, as nobody's. A code that somebody knew is nobody else's, so it is blocked."""
    coupons = Coupon.objects.filter(person_id__in=person_ids).update(person=None, blocked=True)
    reserved = Redemption.objects.filter(person_id__in=person_ids, state=Redemption.State.RESERVED)
    giving_back.give_back(list(reserved.values_list("pk", flat=True)), Redemption.State.RELEASED, clock.now())
    redemptions = Redemption.objects.filter(person_id__in=person_ids).update(
        person=None, holder="", address="", client="", reason="", cart_ref=""
    )
    tries = FailedTry.objects.filter(person_id__in=person_ids).delete()[0]
    return {
        "promotions_coupon": coupons,
        "promotions_redemption": redemptions,
        "promotions_failedtry": tries,
    }


HOLDER = PersonalData(
    "promotions",
    (
        "promotions.Coupon.person",
        "promotions.Redemption.person",
        "promotions.Redemption.holder",
        "promotions.Redemption.address",
        "promotions.Redemption.client",
        "promotions.Redemption.reason",
        "promotions.Redemption.cart_ref",
        "promotions.FailedTry.person",
        "promotions.FailedTry.client",
        "promotions.FailedTry.code",
    ),
    export,
    erase,
)


MERGEABLE = rows_follow("promotions", Coupon, Redemption, FailedTry)
