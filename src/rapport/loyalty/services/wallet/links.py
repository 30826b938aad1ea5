"""The signed address of a member's card: whoever has it sees the card, for a year."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.urls import reverse

from rapport.core import crypto
from rapport.core.crypto import BadSignature
from rapport.loyalty.models import Account

LINK, PASS = "loyalty-card", "wallet-pass"
DAYS = 400


def card_url(account: Account, now: dt.datetime) -> str:
    message = account.pk.bytes + _day(now).to_bytes(2, "big")
    return f"{settings.PUBLIC_URL}{reverse('loyalty:card', args=[crypto.sign(LINK, message)])}"


def read(token: str, now: dt.datetime) -> uuid.UUID:
    """Whose card a link shows. Raises BadSignature, also for one that has ended."""
    message = crypto.unsign(LINK, token)
    if len(message) != 18 or _day(now) - int.from_bytes(message[16:], "big") > DAYS:
        raise BadSignature("the link has ended")
    return uuid.UUID(bytes=message[:16])


def pass_token(account_id: uuid.UUID) -> str:
    """What a telephone proves itself with that has the card: it stands in the card alone."""
    return crypto.sign(PASS, account_id.bytes)


def _day(at: dt.datetime) -> int:
    """Days since 1970."""
    return int(at.timestamp()) // 86_400
