"""Facts as they are kept, and the order in which they are folded: by time, whatever the order they came in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from rapport.commerce.queries.order_history import taken_back
from rapport.commerce.services.order_facts.structs import Fact


class StoredFact(NamedTuple):
    """One fact with where it came from."""

    subject: uuid.UUID
    about: str
    key: uuid.UUID
    at: dt.datetime
    event: str
    message_id: str
    source: str
    is_public: bool
    is_known: bool
    home: uuid.UUID | None
    store: str
    external_id: str
    fact: Fact


def in_time(stored_facts: Iterable[StoredFact]) -> list[StoredFact]:
    """Each event once, the earliest first."""
    distinct = {stored.key: stored for stored in stored_facts}
    return sorted(distinct.values(), key=lambda stored: (stored.at, stored.message_id, stored.key))


def subject_id(about: str, store: str, external_id: str) -> uuid.UUID:
    """The id of an order, a cart or a subscription: it follows from what it is called, in every process the same."""
    text = f"{about}\x1f{store}\x1f{external_id}"
    return uuid.UUID(bytes=blake2b(text.encode(), digest_size=16).digest(), version=5)


def part_id(subject: uuid.UUID, kind: str, reference: str) -> uuid.UUID:
    """The id of a payment, parcel, return or refund of an order, or of a cart of a person."""
    return subject_id(kind, str(subject), reference)


def counting(stored_facts: Sequence[StoredFact]) -> Sequence[StoredFact]:
    """The facts that count: anybody can send what comes with a page's key, so a server's word goes before it."""
    return [stored for stored in stored_facts if not stored.is_public] or stored_facts


def standing(stored_facts: Iterable[StoredFact]) -> list[StoredFact]:
    """The facts without those that a server took back, and without its word that it did."""
    rows = list(stored_facts)
    if not any(stored.fact.kind == "withdrawn" for stored in rows):
        return rows
    gone = withdrawn(rows)
    return [stored for stored in rows if stored.fact.kind != "withdrawn" and stored.message_id not in gone]


def withdrawn(stored_facts: Iterable[StoredFact]) -> set[str]:
    """The message ids that servers took back; one that takes back another's taking back lets that count again."""
    newest_first = reversed(in_time(stored_facts))
    return taken_back((row.message_id, row.fact.withdraws) for row in newest_first if not row.is_public)


def home_of(stored_facts: Iterable[StoredFact], leading: frozenset[str]) -> uuid.UUID | None:
    """Whose it is: the person of the earliest fact that names a customer, rather a server's, then of a `leading` kind.

    Where a server says that it is somebody else's now, the last such word counts; of one that names the customer with
    every change, only where it names another than before, so that a correction by hand stays. Whoever has a page's key
    could name themselves as the customer of any order. Nobody's as soon as a fact was made nobody's by an erasure.
    """
    named: dict[str, uuid.UUID] = {}
    best: tuple[tuple[bool, bool, bool], uuid.UUID] | None = None
    for stored in stored_facts:
        if stored.home is None:
            return None
        is_new = stored.fact.kind == "reassigned" or named.get(stored.source) != stored.home
        if stored.is_known:
            named[stored.source] = stored.home
        if stored.fact.reassigns and stored.is_known and not stored.is_public and is_new:
            best = ((False, False, False), stored.home)
            continue
        rank = (not stored.is_known, stored.is_public, stored.fact.kind not in leading)
        if best is None or rank < best[0]:
            best = (rank, stored.home)
    return best[1] if best else None
