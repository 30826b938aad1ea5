"""Gift cards whose time is over: what is on them expires, card by card."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from rapport.core import jobs
from rapport.core.access import system
from rapport.promotions.models import GiftCard
from rapport.promotions.services.gift_cards import books, news
from rapport.promotions.services.gift_cards.books import Kind

BATCH = 500
ACTOR = system("gift cards")


def expire(job: jobs.RunningJob) -> dict[str, int]:
    """The job."""
    count = 0
    while True:
        with transaction.atomic():
            ended = expire_batch(job.clock.now())
            job.step()
        count += ended
        if ended < BATCH:
            return {"expired": count}


def expire_batch(now: dt.datetime) -> int:
    """In the caller's transaction."""
    over = GiftCard.objects.filter(balance__gt=0, expires_at__lte=now).order_by("expires_at")
    cards = jobs.claim_rows(over, limit=BATCH)
    entries = [
        books.write(card, Kind.EXPIRE, -card.balance, actor=ACTOR, at=card.expires_at or now) for card in cards
    ]  # fmt: skip
    news.tell(entries)
    return len(entries)
