"""Codes that were refused: counted where they come from, so that nobody guesses, and kept for a while to look at."""

from __future__ import annotations

import datetime as dt

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.services import outbox, rates
from rapport.promotions.models import Coupon, FailedTry
from rapport.promotions.services import codes
from rapport.promotions.services.claims import Claim
from rapport.promotions.services.refusals import Refused, TooManyTries

SECONDS = 600
MOST, MOST_OF_A_KEY = 10, 2_000
# What somebody who guesses hears; the others may be honest mistakes.
GUESSES = frozenset({"unknown_code", "other_person", "blocked"})
# What is kept of a wrong code of a gift card, which has a table and a limit of its own.
UNKNOWN_CARD = "unknown_card"
SCOPE = "coupon-tries"


def let_in(actor: Actor, claim: Claim, now: dt.datetime) -> None:
    """Raises TooManyTries where so many wrong codes came from before that no further one is looked at."""
    for key, limit in _keys(actor, claim):
        if rates.is_exceeded(SCOPE, key, limit=limit, seconds=SECONDS, now=now):
            raise TooManyTries(rates.wait(seconds=SECONDS, now=now))


def note(actor: Actor, claim: Claim, refused: Refused, now: dt.datetime) -> None:
    """Keeps a refusal, and tells of it on the person's timeline."""
    if refused.code in GUESSES:
        for key, limit in _keys(actor, claim):
            rates.exceeded(SCOPE, key, limit=limit, seconds=SECONDS, now=now)
    coupon = Coupon.objects.select_related("promotion").filter(code=codes.normal(claim.code)).first()
    bearer = claim.bearer
    FailedTry.objects.create(
        at=now, reason=refused.code, code=crypto.address_hash("coupon", codes.normal(claim.code)),
        promotion=coupon.promotion if coupon else None, person_id=bearer.person_id, client=bearer.client,
    )  # fmt: skip
    if bearer.person_id is not None:
        # What was typed is not repeated: it may be somebody else's code.
        given = {"reason": refused.code, "cart_id": claim.cart_ref, "order_id": claim.order_ref}
        if coupon is not None and refused.code not in GUESSES:
            given |= {"coupon_id": str(coupon), "coupon_name": coupon.promotion.name}
        kept = {name: value for name, value in given.items() if value}
        outbox.emit("Coupon Denied", person_id=bearer.person_id, properties=kept, at=now)


def _keys(actor: Actor, claim: Claim) -> list[tuple[str, int]]:
    """Whom tries are counted of: the device or network, the person, and the key that asks for everybody."""
    bearer = claim.bearer
    own = [key for key in (bearer.client, str(bearer.person_id or ""), bearer.holder) if key]
    return [(key, MOST) for key in own] + [(f"{actor.kind}:{actor.id}", MOST_OF_A_KEY)]
