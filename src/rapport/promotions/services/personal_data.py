"""What promotions hold about people: handed out, forgotten, and moved when two persons become one."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from rapport.core.clock import SYSTEM, Clock
from rapport.core.registry import PersonalData
from rapport.people.services.moving import rows_follow
from rapport.promotions.models import Coupon, FailedTry, GiftCard, GiftCardEntry, Redemption
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
        "gift_cards": [
            _card(card) for card in GiftCard.objects.filter(_theirs(person_ids)).order_by("created_at")
        ],
    }


def _theirs(person_ids: list[uuid.UUID]) -> Q:
    return Q(person_id__in=person_ids) | Q(buyer__in=person_ids)


def _card(card: GiftCard) -> dict[str, Any]:
    """Without the code: whoever gets hold of the file could spend it."""
    return {
        "ending": card.ending,
        "balance": str(card.balance),
        "currency": card.currency,
        "order": card.order_ref,
        "recipient_name": card.recipient_name,
        "recipient_email": card.recipient_email,
        "giver_name": card.giver_name,
        "greeting": card.greeting,
        "issued_at": card.created_at.isoformat(),
    }


def _forget_cards(person_ids: list[uuid.UUID]) -> int:
    """What is owed is owed to whoever shows the code: the card stays good, and is nobody's."""
    cards = GiftCard.objects.filter(_theirs(person_ids))
    GiftCardEntry.objects.filter(card__in=cards).exclude(note="").update(note="")
    ids = list(cards.values_list("pk", flat=True))
    GiftCard.objects.filter(person_id__in=person_ids).update(person=None)
    return GiftCard.objects.filter(pk__in=ids).update(
        buyer=None, recipient_name="", recipient_email="", giver_name="", greeting="", deliver_at=None, problem=""
    )  # fmt: skip


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
        "promotions_giftcard": _forget_cards(person_ids),
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
        "promotions.GiftCard.person",
        "promotions.GiftCard.buyer",
        "promotions.GiftCard.recipient_name",
        "promotions.GiftCard.recipient_email",
        "promotions.GiftCard.giver_name",
        "promotions.GiftCard.greeting",
        "promotions.GiftCard.problem",
        "promotions.GiftCardEntry.note",
    ),
    export,
    erase,
)


MERGEABLE = rows_follow("promotions", Coupon, Redemption, FailedTry, GiftCard)
