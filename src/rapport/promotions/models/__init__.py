from rapport.promotions.models.gift_cards import GiftCard, GiftCardEntry, GiftCardRules
from rapport.promotions.models.promotions import (
    CodeBatch,
    Coupon,
    FailedTry,
    Promotion,
    Redemption,
    WaitingOrder,
)

__all__ = [
    "CodeBatch",
    "Coupon",
    "FailedTry",
    "GiftCard",
    "GiftCardEntry",
    "GiftCardRules",
    "Promotion",
    "Redemption",
    "WaitingOrder",
]
