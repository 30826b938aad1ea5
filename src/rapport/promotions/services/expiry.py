"""What ends by time: reservations lapse, codes of people are about to end (once) and end (once)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import F

from rapport.core import jobs
from rapport.promotions.models import Coupon, Promotion, Redemption
from rapport.promotions.services import giving_back, news

BATCH = 500
# What ended longer ago is history that was loaded.
LATENESS = dt.timedelta(days=7)


def lapse_reservations(job: jobs.RunningJob) -> dict[str, int]:
    """Every minute: reservations whose time is over."""
    count = 0
    while True:
        with transaction.atomic():
            lapsed = giving_back.lapse(Redemption.objects.all(), job.clock.now(), BATCH)
            job.step()
        count += lapsed
        if lapsed < BATCH:
            return {"lapsed": count}


def tell_of_endings(job: jobs.RunningJob) -> dict[str, int]:
    """Every hour: `Coupon Expiring` so many days before the end as the promotion says, and `Coupon Expired`."""
    counts = {"expiring": 0, "expired": 0}
    for name, step in (("expired", end_batch), ("expiring", remind_batch)):
        while True:
            with transaction.atomic():
                looked = step(job.clock.now())
                job.step()
            counts[name] += looked
            if looked < BATCH:
                break
    return counts


def end_batch(now: dt.datetime) -> int:
    """Codes of people whose time is over; only unused ones are told of. In the caller's transaction."""
    over = Coupon.objects.filter(expired_at=None, expires_at__lte=now).exclude(person=None)
    rows = jobs.claim_rows(over.order_by("expires_at"), limit=BATCH)
    _with_promotions(rows)
    ended = [row for row in rows if _is_open(row) and row.expires_at and row.expires_at > now - LATENESS]
    news.tell_of_codes("Coupon Expired", ended, now)
    Coupon.objects.filter(pk__in=[row.pk for row in rows]).update(expired_at=now)
    return len(rows)


def remind_batch(now: dt.datetime) -> int:
    """Unused codes that end soon, in the caller's transaction."""
    days = F("promotion__remind_days") * dt.timedelta(days=1)
    soon = Coupon.objects.filter(
        expired_at=None, reminded_at=None, expires_at__gt=now, expires_at__lte=now + days,
        promotion__remind_days__isnull=False, promotion__state=Promotion.State.ACTIVE,
    ).exclude(person=None)  # fmt: skip
    ids = list(soon.order_by("expires_at").values_list("pk", flat=True)[:BATCH])
    rows = jobs.claim_rows(Coupon.objects.filter(pk__in=ids, reminded_at=None), limit=BATCH)
    _with_promotions(rows)
    news.tell_of_codes("Coupon Expiring", [row for row in rows if _is_open(row)], now)
    Coupon.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_at=now)
    return len(rows)


def _is_open(coupon: Coupon) -> bool:
    return not coupon.blocked and not coupon.is_used_up


def _with_promotions(rows: Any) -> None:
    promotions = Promotion.objects.in_bulk({row.promotion_id for row in rows})
    for row in rows:
        row.promotion = promotions[row.promotion_id]
