"""Which id a person has: a rule over his identifiers and their births, the same in whatever order they arrived.

A birth is the earliest event an identifier came with, by the event's own time: (time, message id, all identifiers of
that event). A person is called after his strongest identifier, unless that was born into company: if an older
identifier stood in the same event, the person existed already and keeps the name of that one. So an anonymous visitor
who signs in keeps his id, and a known customer on a new device keeps his.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rapport.people.identity_types import Rules

NAMESPACE = uuid.UUID("5d0a3c0e-1a63-5b0f-9c2b-6b1c9b1c7a10")
Identifier = tuple[str, str]


class Birth(NamedTuple):
    """The earliest event an identifier came with."""

    at: dt.datetime
    message_id: str
    company: Sequence[Identifier]

    @property
    def order(self) -> tuple[dt.datetime, str]:
        return self.at, self.message_id


def person_id_for(identifier: Identifier, salt: str = "") -> uuid.UUID:
    """The id that a person called after this identifier gets."""
    return uuid.uuid5(NAMESPACE, f"{identifier[0]}:{identifier[1]}{salt}")


def namesake(births: Mapping[Identifier, Birth], rules: Rules) -> Identifier | None:
    """The identifier that a person with these identifiers is called after; None without any."""
    if not births:
        return None
    found = min(births, key=lambda one: (rules.place(one[0]), births[one].order, one[1]))
    while True:
        own = births[found]
        company = rules.ordered([one for one in (*own.company, found) if one in births])
        older = [one for one in company if births[one].order < own.order]
        if not older:
            twins = [one for one in company if births[one].order == own.order]
            return twins[0]
        found = older[0]
