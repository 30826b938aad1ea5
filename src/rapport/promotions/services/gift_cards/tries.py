"""Whoever guesses codes of gift cards is not heard for a while: counted by where they come from, and altogether."""

from __future__ import annotations

import datetime as dt

from rapport.core import crypto
from rapport.core.services import rates
from rapport.promotions.models import FailedTry, GiftCard
from rapport.promotions.services import codes
from rapport.promotions.services.gift_cards import spending
from rapport.promotions.services.refusals import Refused, TooManyTries
from rapport.promotions.services.tries import UNKNOWN_CARD

SCOPE, SECONDS = "gift-card-tries", 600
MOST, MOST_OF_A_KEY = 10, 2_000


def look_up(code: str, *, client: str, caller: str, now: dt.datetime) -> GiftCard:
    """The card of a code. `client` is the device or network, `caller` the key or page that asks for everybody.

    Outside of a transaction. Raises Refused, TooManyTries.
    """
    limits = [(f"client:{client}", MOST)] if client else []
    limits.append((caller, MOST_OF_A_KEY))
    for key, limit in limits:
        if rates.is_exceeded(SCOPE, key, limit=limit - 1, seconds=SECONDS, now=now):
            raise TooManyTries(rates.wait(seconds=SECONDS, now=now))
    try:
        return spending.look_up(code)
    except Refused:
        for key, limit in limits:
            rates.exceeded(SCOPE, key, limit=limit, seconds=SECONDS, now=now)
        # Fraud signals and an alarm follow from these; of the code and the device there are only marks.
        FailedTry.objects.create(
            at=now, reason=UNKNOWN_CARD, code=crypto.address_hash("coupon", codes.normal(code)),
            client=crypto.address_hash("coupon", client) if client else "",
        )  # fmt: skip
        raise
