"""From the stream's events to facts: which subject each is about, and what it says of it."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from rapport.commerce.models import OrderSettings
from rapport.commerce.services.order_facts import keeping, reading
from rapport.commerce.services.order_facts.stored import StoredFact, subject_id
from rapport.commerce.services.order_facts.structs import Fact
from rapport.commerce.services.order_facts.vocabulary import CART, ORDER, Meaning, meaning_of

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

logger = logging.getLogger("rapport.orders")
HEARD = frozenset({"track", "system"})
_decode = msgspec.json.Decoder().decode


class Happened(NamedTuple):
    """An event with what a fact needs to know of it."""

    key: uuid.UUID
    at: dt.datetime
    event: str
    message_id: str
    source: str
    is_public: bool
    is_known: bool
    home: uuid.UUID
    properties: dict[str, Any]


def hear(items: Sequence[Item]) -> None:
    """Keeps the facts among the events of a micro-batch, in the stream's transaction."""
    heard = [
        (item, meaning)
        for item in items
        if item.event.type in HEARD and (meaning := meaning_of(item.event.event)) and item.person_id
    ]
    if not heard:
        return
    stores = stores_by_source()
    keeping.keep([fact_of(meaning, _happened(item), stores) for item, meaning in heard])


def stores_by_source() -> Mapping[str, str]:
    """{source: store} of the sources that are shops of their own."""
    return OrderSettings.objects.values_list("stores", flat=True).first() or {}


def _happened(item: Item) -> Happened:
    event = item.event
    home = item.home_id or item.person_id
    assert home is not None
    return Happened(
        uuid.UUID(bytes=item.key),
        event.at,
        event.event,
        event.message_id,
        item.source,
        item.public,
        bool(event.user_id) or event.person_id is not None,
        home,
        reading.properties_of(_decode(event.properties)),
    )


def fact_of(meaning: Meaning, happened: Happened, stores: Mapping[str, str]) -> StoredFact:
    """The fact in an event. What cannot be read at all becomes a fact that says so: nothing is lost, nothing waits."""
    try:
        fact = reading.read(meaning, happened.properties)
    except Exception:
        logger.exception("an event of %s could not be read as %s", happened.source, meaning.kind)
        fact = Fact(meaning.kind, problems=["unreadable"])
    store = fact.store or stores.get(happened.source, "")
    external_id = _external_id(meaning, fact, happened)
    named = external_id or f"of {happened.home}"
    return StoredFact(
        subject_id(meaning.about, store, named), meaning.about, happened.key, happened.at, happened.event,
        happened.message_id, happened.source, happened.is_public, happened.is_known, happened.home, store,
        external_id, fact,
    )  # fmt: skip


def _external_id(meaning: Meaning, fact: Fact, happened: Happened) -> str:
    """What the subject is called. An order without a number is called by what the event has, so that none is lost."""
    if meaning.about == CART:
        return fact.cart
    if meaning.about == ORDER:
        if fact.order:
            return fact.order
        return (
            f"refund {fact.reference}"
            if fact.kind == "refunded" and fact.reference
            else _stand_in(fact, happened)
        )
    return fact.subscription or _stand_in(fact, happened)


def _stand_in(fact: Fact, happened: Happened) -> str:
    return fact.cart or f"event {happened.message_id}"
