"""What the audit log calls what is done with promotions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register
from rapport.promotions.queries import promotions

ACTIONS = {
    "codes.exported": _("Exported the codes of the promotion %(record)s"),
    "codes.generated": _("Had codes generated for the promotion %(record)s"),
    "codes.imported": _("Imported codes of the promotion %(record)s"),
    "coupon.added": _("Added a code to the promotion %(record)s"),
    "coupon.blocked": _("Blocked a code of the promotion %(record)s"),
    "coupon.issued": _("Issued a code of the promotion %(record)s"),
    "coupon.redeemed": _("Redeemed a code of the promotion %(record)s"),
    "coupon.unblocked": _("Unblocked a code of the promotion %(record)s"),
    "promotion.changed": _("Changed the promotion %(record)s"),
    "promotion.created": _("Created the promotion %(record)s"),
    "promotion.resumed": _("Let the promotion %(record)s go on"),
    "promotion.stopped": _("Stopped the promotion %(record)s"),
}


def register_words() -> None:
    register(ACTIONS, AuditedRecord("promotion", _("Promotion"), named(promotions, "promotions:promotion")))
