"""Who wants to use which code for what."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from rapport.commerce.models import MAIN_STORE
from rapport.core import crypto
from rapport.core.access import Actor
from rapport.people import queries as people
from rapport.people.models import Identifier
from rapport.people.normalise import mailbox, normalise
from rapport.promotions.services.baskets import Basket

PURPOSE = "coupon"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever uses a code. `holder` stands for a mailbox, or another identifier that names nobody yet; hashes tell the
    same again.
    """

    person_id: uuid.UUID | None = None
    holder: str = ""
    address: str = ""
    client: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.person_id or self.holder)


@dataclass(frozen=True, slots=True)
class Claim:
    """A code for a basket. `order_ref` is the shop's order number, `cart_ref` its cart's id."""

    code: str
    basket: Basket
    bearer: Bearer = Bearer()
    store: str = MAIN_STORE
    order_ref: str = ""
    cart_ref: str = ""


def bearer_of(actor: Actor, person: Mapping[str, str], *, address: str = "", client: str = "") -> Bearer:
    """Of identifiers by type, or an `id`; of the address only letters and digits count. Raises Http404 for an id."""
    where = _hash("".join(char for char in address.casefold() if char.isalnum()))
    device = _hash(client.strip())
    if given := person.get("id"):
        return Bearer(people.person_for(actor, given).pk, "", where, device)
    named = [(kind, value) for kind, raw in person.items() if (value := normalise(kind, raw))]
    first = min(named, key=lambda pair: pair[0] != "email", default=None)
    holder = _holder(*first) if first else ""
    for pair in named:
        if persons := people.named_by([pair]):
            return Bearer(min(persons), holder if first and first[0] == "email" else "", where, device)
    return Bearer(None, holder, where, device)


def holders_of(person_id: uuid.UUID) -> list[str]:
    """What this person's codes were noted under before it was known whose these identifiers are."""
    rows = Identifier.objects.filter(person=person_id).values_list("type", "value")
    return [_holder(kind, value) for kind, value in rows]


def mailbox_holder(person_id: uuid.UUID) -> str:
    """What another address of the same mailbox is noted under, too; "" for whom no address is of."""
    rows = Identifier.objects.filter(person=person_id, type="email").order_by("first_seen_at", "pk")
    address = rows.values_list("value", flat=True).first()
    return _holder("email", address) if address else ""


def _holder(kind: str, value: str) -> str:
    return _hash(f"{kind}:{mailbox(value) if kind == 'email' else value}")


def lock_number(*names: object) -> int:
    """A number to lock by what these names say."""
    text = "coupons:" + ":".join(str(name) for name in names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def _hash(text: str) -> str:
    return crypto.address_hash(PURPOSE, text) if text else ""
