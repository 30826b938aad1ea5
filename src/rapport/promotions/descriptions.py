"""How timelines tell of coupons. What the e-commerce specification names, commerce tells."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from rapport.events.registry import EVENT_DESCRIPTIONS, EventDescription, Sentence


def _saying(words: Any) -> Sentence:
    def sentence(given: dict[str, Any], _context: dict[str, Any]) -> str:
        code = str(given.get("coupon_id") or given.get("code") or "")[:64]
        return f"{words()}: {code}" if code else str(words())

    return sentence


def register() -> None:
    for event, words in (
        ("Coupon Issued", lambda: _("Was issued a coupon")),
        ("Coupon Redeemed", lambda: _("Redeemed a coupon")),
        ("Coupon Redemption Cancelled", lambda: _("A redeemed coupon was given back")),
        ("Coupon Expiring", lambda: _("A coupon ends soon")),
        ("Coupon Expired", lambda: _("A coupon ended unused")),
    ):
        EVENT_DESCRIPTIONS.register(EventDescription(event, "commerce", "ticket", _saying(words)))
