from rapport.promotions.models.promotions import (
    CodeBatch,
    Coupon,
    FailedTry,
    Promotion,
    Redemption,
    WaitingOrder,
)

__all__ = ["CodeBatch", "Coupon", "FailedTry", "Promotion", "Redemption", "WaitingOrder"]
