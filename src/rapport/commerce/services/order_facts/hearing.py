"""From the stream's events to facts: which subject each is about, and what it says of it."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from rapport.commerce.models import MAIN_STORE, OrderSettings
from rapport.commerce.services.order_facts import keeping, reading
from rapport.commerce.services.order_facts.stored import StoredFact, subject_id
from rapport.commerce.services.order_facts.structs import Fact
from rapport.commerce.services.order_facts.values import LONGEST
from rapport.commerce.services.order_facts.vocabulary import CART, ORDER, Meaning, meaning_of
from rapport.events.registry import EventListener, Occurrence
from rapport.events.services.times import AHEAD, EARLIEST

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


def wanted(names: Collection[str]) -> list[str]:
    """Those of the names that are about orders, carts or subscriptions."""
    return [name for name in names if meaning_of(name)]


def hear(events: Sequence[Occurrence]) -> None:
    """Keeps the facts among the events of a micro-batch, in the stream's transaction."""
    stores = stores_by_source()
    keeping.keep(
        [
            fact_of(meaning, happened(event), stores)
            for event in events
            if event.type in HEARD and (meaning := meaning_of(event.event))
        ]
    )


def stores_by_source() -> Mapping[str, str]:
    """{source: store} of the sources that are shops of their own."""
    return OrderSettings.objects.values_list("stores", flat=True).first() or {}


def happened(event: Occurrence) -> Happened:
    """The event with what a fact needs to know of it."""
    return Happened(
        uuid.UUID(bytes=event.key),
        event.at,
        event.event,
        event.message_id,
        event.source,
        event.is_public,
        event.is_named,
        event.home_id or event.person_id,
        reading.properties_of(_decode(event.properties)),
    )


LISTENER = EventListener("orders", wanted, hear)


def fact_of(meaning: Meaning, happened: Happened, stores: Mapping[str, str]) -> StoredFact:
    """The fact in an event. What cannot be read at all becomes a fact that says so: nothing is lost, nothing waits."""
    try:
        fact = reading.read(meaning, happened.properties)
    except Exception:
        logger.exception("an event of %s could not be read as %s", happened.source, meaning.kind)
        fact = Fact(meaning.kind, problems=["unreadable"])
    _check_placed(fact, happened.at)
    store = fact.store or stores.get(happened.source, MAIN_STORE)
    external_id = _external_id(meaning, fact, happened)
    named = external_id or f"of {happened.home}"
    return StoredFact(
        subject_id(meaning.about, store, named), meaning.about, happened.key, happened.at, happened.event,
        happened.message_id, happened.source, happened.is_public, happened.is_known, happened.home, store,
        external_id, fact,
    )  # fmt: skip


def _check_placed(fact: Fact, at: dt.datetime) -> None:
    """Nobody tells of an order before it was placed: one of the year 9999 would be the newest there is for ever."""
    if fact.placed_at and not EARLIEST <= _utc(fact.placed_at) <= at + AHEAD:
        fact.placed_at = ""
        fact.problems.append("no_time:placed_at")


def _utc(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _external_id(meaning: Meaning, fact: Fact, happened: Happened) -> str:
    """What the subject is called. An order without a number is called by what the event has, so that none is lost."""
    if meaning.about == CART:
        return fact.cart
    if meaning.about == ORDER:
        if fact.order:
            return fact.order
        return (
            f"refund {fact.reference}"[:LONGEST]
            if fact.kind == "refunded" and fact.reference
            else _stand_in(fact, happened)
        )
    return fact.subscription or _stand_in(fact, happened)


def _stand_in(fact: Fact, happened: Happened) -> str:
    return fact.cart or f"event {happened.message_id}"
