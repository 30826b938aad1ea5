"""Addresses that keep failing softly are rested: they get no marketing for a while, and are no failures meanwhile.

A soft failure is a refusal that blames the recipient or nobody and may pass: a mailbox that is full or asleep.
It counts whether the server gave it at once or reported it later.
"""

from __future__ import annotations

import datetime as dt
import uuid

from rapport.channels.incoming import About
from rapport.channels.protocol import Outcome
from rapport.core import crypto
from rapport.governance import queries as governance
from rapport.messaging.models import Engagement, Receipt, RestedAddress

# So many deliveries to one address fail softly within so many days, with no sign of life between.
SOFT_FAILURES = 5
SOFT_DAYS = 30
REST_DAYS = 30


def hash_of(channel: str, address: str) -> str:
    """The keyed hash under which failures of an address are counted, or "" for what is none."""
    normal = governance.normal_address(channel, address) if address else None
    return crypto.address_hash(channel, normal) if normal else ""


def note_refusal(
    *, delivery_id: uuid.UUID, channel: str, address: str, outcome: Outcome, now: dt.datetime
) -> None:
    """Counts a soft refusal that ended a delivery at once."""
    row, _created = Receipt.objects.get_or_create(
        delivery_id=delivery_id,
        kind=Receipt.Kind.BOUNCED,
        permanent=False,
        defaults={
            "about": About.RECIPIENT.value,
            "reason": "refused",
            "code": outcome.code[:32],
            "detail": outcome.detail[:500],
            "address_hash": hash_of(channel, address),
            "at": now,
        },
    )
    count(row, now)


def count(row: Receipt, now: dt.datetime) -> None:
    """Rests the address of a soft failure after too many in a row."""
    if not row.address_hash:
        return
    since = max(_last_success(row), now - dt.timedelta(days=SOFT_DAYS))
    failures = Receipt.objects.filter(
        address_hash=row.address_hash, kind=Receipt.Kind.BOUNCED, permanent=False, at__gt=since
    ).exclude(about__in=[About.SENDER.value, About.CONTENT.value])
    number = failures.values("delivery").distinct().count()
    if number < SOFT_FAILURES:
        return
    until = now + dt.timedelta(days=REST_DAYS)
    RestedAddress.objects.update_or_create(
        channel=row.delivery.channel,
        address_hash=row.address_hash,
        defaults={"failures": number, "reason": row.reason, "since": now, "until": until},
    )


def _last_success(row: Receipt) -> dt.datetime:
    """When the address last showed that it takes mail: delivered, read, opened or clicked."""
    begin = dt.datetime.min.replace(tzinfo=dt.UTC)
    same = Receipt.objects.filter(address_hash=row.address_hash)
    received = same.filter(kind__in=[Receipt.Kind.DELIVERED, Receipt.Kind.READ])
    bounced = same.filter(kind=Receipt.Kind.BOUNCED).values("delivery__person")
    seen = Engagement.objects.filter(delivery__person__in=bounced, delivery__channel=row.delivery.channel)
    newest = (
        received.order_by("-at").values_list("at", flat=True).first(),
        seen.order_by("-last_at").values_list("last_at", flat=True).first(),
    )
    return max((moment for moment in newest if moment), default=begin)
