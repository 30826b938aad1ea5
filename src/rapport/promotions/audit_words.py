"""What the audit log calls what is done with promotions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register
from rapport.promotions.queries import promotions
from rapport.promotions.queries.gift_cards import cards

ACTIONS = {
    "codes.exported": _("Exported the codes of the promotion %(record)s"),
    "codes.generated": _("Had codes generated for the promotion %(record)s"),
    "codes.imported": _("Imported codes of the promotion %(record)s"),
    "coupon.added": _("Added a code to the promotion %(record)s"),
    "coupon.blocked": _("Blocked a code of the promotion %(record)s"),
    "coupon.issued": _("Issued a code of the promotion %(record)s"),
    "coupon.redeemed": _("Redeemed a code of the promotion %(record)s"),
    "coupon.unblocked": _("Unblocked a code of the promotion %(record)s"),
    "gift_card.blocked": _("Blocked the gift card %(record)s"),
    "gift_card.corrected": _("Corrected what is on the gift card %(record)s"),
    "gift_card.issued": _("Issued the gift card %(record)s"),
    "gift_card.redeemed": _("Paid with the gift card %(record)s"),
    "gift_card.refunded": _("Gave money back to the gift card %(record)s"),
    "gift_card.replaced": _("Replaced the gift card %(record)s"),
    "gift_card.transferred": _("Put money of the gift card %(record)s on another"),
    "gift_card.unblocked": _("Unblocked the gift card %(record)s"),
    "gift_cards.rules": _("Changed the rules of gift cards"),
    "promotion.changed": _("Changed the promotion %(record)s"),
    "promotion.created": _("Created the promotion %(record)s"),
    "promotion.resumed": _("Let the promotion %(record)s go on"),
    "promotion.stopped": _("Stopped the promotion %(record)s"),
}


def register_words() -> None:
    register(
        ACTIONS,
        AuditedRecord("promotion", _("Promotion"), named(promotions, "promotions:promotion")),
        AuditedRecord("gift_card", _("Gift card"), named(cards, "promotions:gift_card")),
        AuditedRecord("gift_card_rules", _("Rules of gift cards"), lambda _actor, _ids: {}),
    )
