"""How timelines tell of coupons. What the e-commerce specification names, commerce tells."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.templatetags.ui import money
from rapport.events.registry import EVENT_DESCRIPTIONS, EventDescription, Sentence

SIGNS = {
    "wrong_codes": gettext_lazy("Wrong codes"),
    "many_a_day": gettext_lazy("Many within a day"),
    "cancelled": gettext_lazy("Ordered and cancelled"),
    "shared_address": gettext_lazy("One address, many people"),
    "shared_device": gettext_lazy("One device, many people"),
}


def _saying(words: Any) -> Sentence:
    def sentence(given: dict[str, Any], _context: dict[str, Any]) -> str:
        code = str(given.get("coupon_id") or given.get("code") or "")[:64]
        return f"{words()}: {code}" if code else str(words())

    return sentence


def _worth(words: Any) -> Sentence:
    def sentence(given: dict[str, Any], _context: dict[str, Any]) -> str:
        amount, currency = given.get("amount"), str(given.get("currency") or "")[:3]
        if not isinstance(amount, int | float) or not currency:
            return str(words())
        return f"{words()}: {money(amount, currency)}"

    return sentence


def _suspected(given: dict[str, Any], _context: dict[str, Any]) -> str:
    words = SIGNS.get(str(given.get("sign")))
    return f"{_('A sign of abuse')}: {words}" if words else _("A sign of abuse")


def register() -> None:
    for event, words in (
        ("Coupon Issued", lambda: _("Was issued a coupon")),
        ("Coupon Redeemed", lambda: _("Redeemed a coupon")),
        ("Coupon Redemption Cancelled", lambda: _("A redeemed coupon was given back")),
        ("Coupon Expiring", lambda: _("A coupon ends soon")),
        ("Coupon Expired", lambda: _("A coupon ended unused")),
    ):
        EVENT_DESCRIPTIONS.register(EventDescription(event, "commerce", "ticket", _saying(words)))
    EVENT_DESCRIPTIONS.register(EventDescription("Abuse Suspected", "commerce", "shield", _suspected))
    for event, words in (
        ("Gift Card Issued", lambda: _("Has a gift card")),
        ("Gift Card Redeemed", lambda: _("Paid with a gift card")),
        ("Gift Card Refunded", lambda: _("Money went back to a gift card")),
        ("Gift Card Expired", lambda: _("A gift card ended with money on it")),
    ):
        EVENT_DESCRIPTIONS.register(EventDescription(event, "commerce", "gift", _worth(words)))
