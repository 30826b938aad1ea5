"""The background jobs of promotions."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JOB_KINDS, JobKind, every
from rapport.promotions.services import batches, expiry, suspicions
from rapport.promotions.services.gift_cards import delivery, endings


def register() -> None:
    for kind in (
        JobKind(
            batches.KIND,
            _("Making coupon codes"),
            batches.run,
            "promotions.edit",
            lease=dt.timedelta(minutes=5),
        ),
        JobKind(
            "promotions.lapse",
            _("Ending reservations of coupons"),
            expiry.lapse_reservations,
            schedule=every(minutes=1),
        ),
        JobKind("promotions.gift_endings", _("Gift cards that end"), endings.expire, schedule=every(hours=1)),
        JobKind(
            "promotions.gift_delivery", _("Sending gift cards"), delivery.deliver, schedule=every(minutes=1)
        ),
        JobKind("promotions.suspicions", _("Fraud signals"), suspicions.tell, schedule=every(hours=1)),
        JobKind("promotions.endings", _("Coupons that end"), expiry.tell_of_endings, schedule=every(hours=1)),
    ):
        JOB_KINDS.register(kind)
