"""Events of records: whom they are about, when, and under which id, so that the same record said twice adds nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.events.services.cleaning import clean
from rapport.events.services.envelope import EMPTY, Event
from rapport.people.normalise import normalise

LONGEST_ID = 100


class Unfit(ValueError):
    """A record that cannot be taken; the message is for people, and shows nothing of what stands in it."""


_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a record is about: what the other system calls them, and their addresses there."""

    ids: Mapping[str, str] = field(default_factory=dict)
    email: str = ""
    phone: str = ""

    @property
    def identifiers(self) -> set[str]:
        read = [
            normalise(kind, text) for kind, text in (("email", self.email), ("phone", self.phone)) if text
        ]
        return {text for text in (*self.ids.values(), self.email, self.phone, *read) if text}

    def named(self, otherwise: str) -> str:
        """An id for who is known by addresses alone, the same each time; it does not show the address."""
        for kind, text in (("email", self.email), ("phone", self.phone)):
            if text and (value := normalise(kind, text)):
                return f"{kind}-{crypto.address_hash(kind, value)[:32]}"
        return next((f"{kind}-{text}" for kind, text in self.ids.items()), otherwise)


@dataclass(frozen=True, slots=True)
class Call:
    """An event to be. `id` is made of the record's id and version; `otherwise` names a guest nobody knows."""

    event: str
    id: str
    at: dt.datetime
    who: Who
    properties: Mapping[str, Any] = field(default_factory=dict)
    otherwise: str = ""

    def event_for_log(self, now: dt.datetime) -> Event:
        """Raises cleaning.Rejected. What has the wrong clock did not happen in the future."""
        is_identify = self.event == "Identified"
        properties = dict(self.properties)
        if self.event == "Order Updated" and self.who.ids:
            properties["names_customer"] = True  # an account, which may be another than at first
        content = msgspec.Raw(clean(_encode(without_nothing(properties))))
        external = [
            {"id": value, "type": kind, "collection": "users", "encoding": "none"}
            for kind, value in self.who.ids.items()
        ]
        return Event(
            "identify" if is_identify else "track",
            self.event,
            message_id(self.id),
            min(self.at, now),
            anonymous_id=self.who.named(self.otherwise or self.id)[:200],
            properties=EMPTY if is_identify else content,
            traits=content if is_identify else EMPTY,
            context=msgspec.Raw(_encode({"externalIds": external} if external else {})),
        )


def identified(id: str, at: dt.datetime, who: Who, **traits: Any) -> Call:
    """Who somebody is. The addresses identify them."""
    addresses = {"email": who.email, "phone": who.phone}
    valid = {kind: text for kind, text in addresses.items() if text and normalise(kind, text)}
    return Call("Identified", id, at, who, {**valid, **traits})


def message_id(text: str) -> str:
    return text if len(text) <= LONGEST_ID else hashlib.sha256(text.encode()).hexdigest()


def without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is null or empty: a record that does not say something says nothing of it."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", [])}


def moment(text: Any) -> dt.datetime | None:
    """A moment as APIs write it (ISO 8601, UTC where no zone is named, or seconds); None where there is none."""
    if text in (None, "", 0) or isinstance(text, bool):
        return None
    if isinstance(text, int | float):
        return dt.datetime.fromtimestamp(text, dt.UTC)
    at = dt.datetime.fromisoformat(str(text).strip())
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def needed(text: Any, name: str) -> dt.datetime:
    """Raises ValueError for a record without the moment it cannot do without."""
    at = moment(text)
    if at is None:
        raise Unfit(_("It has no “%(field)s”.") % {"field": name})
    return at
