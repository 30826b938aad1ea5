"""What promotions tell operators: codes that somebody seems to guess, and budgets that are nearly spent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count, F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.observing import (
    ALARM_SOURCES,
    RETENTIONS,
    Alarm,
    AlarmSource,
    Retention,
    delete_some,
)
from rapport.promotions.models import FailedTry, Promotion
from rapport.promotions.services.tries import GUESSES, UNKNOWN_CARD

KEPT_DAYS = 30
MANY = 100


def guessing(now: dt.datetime) -> Iterator[Alarm]:
    """Many wrong codes within an hour."""
    rows = FailedTry.objects.filter(at__gt=now - dt.timedelta(hours=1), reason__in={*GUESSES, UNKNOWN_CARD})
    count = rows.aggregate(n=Count("pk"))["n"]
    if count >= MANY:
        yield Alarm(
            _("%(count)d wrong codes of coupons and gift cards were tried within the last hour.")
            % {"count": count},
            _("Look where they come from, and have the shop send the customer's device as “client”."),
            reverse("promotions:signals"),
        )


def spent(_now: dt.datetime) -> Iterator[Alarm]:
    """Active promotions whose budget is used up to nine tenths."""
    rows = Promotion.objects.filter(
        state=Promotion.State.ACTIVE, budget__isnull=False, spent__gte=F("budget") * 9 / 10
    )
    for promotion in rows.order_by("pk")[:10]:
        yield Alarm(
            _("The budget of the promotion “%(name)s” is nearly spent.") % {"name": promotion.name},
            _("Raise it, or stop the promotion before customers are refused."),
            reverse("promotions:promotion", args=[promotion.pk]),
        )


def forget_tries(before: dt.datetime, limit: int) -> int:
    return delete_some(FailedTry.objects.filter(at__lt=before), limit)


def register() -> None:
    ALARM_SOURCES.register(AlarmSource("coupon guessing", "promotions.view", guessing, 40))
    ALARM_SOURCES.register(AlarmSource("promotion budgets", "promotions.view", spent, 45))
    RETENTIONS.register(
        Retention("coupon_tries", gettext_lazy("Refused coupon codes"), lambda: KEPT_DAYS, forget_tries)
    )
