"""What stands on a member's card, whichever wallet shows it, in the member's language."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation

from rapport.core import languages
from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.core.queries import workspace
from rapport.governance.queries.preferences import contact_preference
from rapport.loyalty.models import Account
from rapport.loyalty.queries.rewards import offers
from rapport.loyalty.queries.tiers import next_tier
from rapport.loyalty.queries.tiers import tiers as offered
from rapport.loyalty.services import accounts

ACTOR = system("loyalty cards")
DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Card:
    """A card. What `is_valid` no longer says nothing of anybody."""

    account_id: uuid.UUID
    program_key: str
    program: str
    issuer: str
    color: str
    barcode: str
    language: str
    is_valid: bool
    number: str = ""
    holder: str = ""
    points: int = 0
    pending: int = 0
    tier: str = ""
    next_tier: str = ""
    next_reward: str = ""
    missing: int = 0

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), default=str, sort_keys=True).encode()).hexdigest()


def card_of(account: Account, barcode: str) -> Card:
    """The card as it is now, over all open accounts of the person in the programme."""
    business, person = workspace(), account.person
    about = (
        account.pk,
        account.program.key,
        account.program.name,
        business.name,
        business.brand_color,
        barcode,
    )
    if person is None or account.status != Account.Status.ACTIVE or account.program.archived_at:
        return Card(*about, language="", is_valid=False)
    theirs = Account.objects.filter(
        program=account.program_id, person=person, status=Account.Status.ACTIVE
    ).values_list("balance", "pending")
    points, pending = (sum(column) for column in zip(*theirs, strict=True))
    reward = next((row for row in offers().get(account.program.key, []) if row[0] > points), None)
    following = next_tier(offered(account.program), account.tier)
    return Card(
        *about,
        language=languages.best(contact_preference(person.pk).language, dict(settings.LANGUAGES)),
        is_valid=True,
        number=account.card_number,
        holder=person.name,
        points=points,
        pending=pending,
        tier=account.tier.name if account.tier else "",
        next_tier=following.name if following else "",
        next_reward=reward[1] if reward else "",
        missing=reward[0] - points if reward else 0,
    )  # fmt: skip


@contextmanager
def spoken(card: Card) -> Iterator[None]:
    """The words of a card are in the language of whose it is."""
    with translation.override(card.language or settings.LANGUAGE_CODE):
        yield


def number(account: Account, clock: Clock) -> str:
    """What the till reads off the card: its number, or one that is drawn now."""
    for _attempt in range(5):
        if account.card_number:
            break
        drawn = "9" + "".join(secrets.choice(DIGITS) for _digit in range(15))
        try:
            accounts.give_card(actor=ACTOR, account=account, card_number=drawn, is_first=True, clock=clock)
        except ValidationError:  # somebody has this number, or gave the account one at this moment
            account.refresh_from_db(fields=["card_number"])
    return account.card_number
