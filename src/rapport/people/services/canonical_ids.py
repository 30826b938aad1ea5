"""The canonical id of a person: a function of the person's identifiers and their first events, in any order of arrival.

The first event of an identifier is the earliest one it came with, by the event's own time: (time, message id, all
identifiers of that event). A person takes the id of the strongest identifier, unless an older identifier was in its
first event: then the person existed already and keeps the id of that one. So an anonymous visitor who signs in keeps
their id, and a known customer on a new device keeps theirs.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rapport.people.identity_types import Rules

NAMESPACE = uuid.UUID("5d0a3c0e-1a63-5b0f-9c2b-6b1c9b1c7a10")
Identifier = tuple[str, str]


class FirstEvent(NamedTuple):
    """The earliest event an identifier came with."""

    at: dt.datetime
    message_id: str
    seen_with: Sequence[Identifier]

    @property
    def order(self) -> tuple[dt.datetime, str]:
        return self.at, self.message_id


def person_id_for(identifier: Identifier, salt: str = "") -> uuid.UUID:
    """The id that a person called after this identifier gets."""
    return uuid.uuid5(NAMESPACE, f"{identifier[0]}:{identifier[1]}{salt}")


def canonical_identifier(first_events: Mapping[Identifier, FirstEvent], rules: Rules) -> Identifier | None:
    """The identifier whose id a person with these identifiers has; None without any."""
    if not first_events:
        return None
    candidate = min(first_events, key=lambda key: (rules.place(key[0]), first_events[key].order, key[1]))
    while True:
        own = first_events[candidate]
        together = rules.ordered([key for key in (*own.seen_with, candidate) if key in first_events])
        older = [key for key in together if first_events[key].order < own.order]
        if not older:
            return next(key for key in together if first_events[key].order == own.order)
        candidate = older[0]
