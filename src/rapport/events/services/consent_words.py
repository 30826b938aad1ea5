"""What an event says about a consent: which, on which channels and for which addresses, in its sender's own words."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from rapport.events.services.envelope import EMPTY, Event, decode_object
from rapport.governance.naming import letters
from rapport.governance.registry import default_channel
from rapport.people import identity_types
from rapport.people.normalise import MAX_LENGTH
from rapport.people.values.keys import folded

# By the letters of the event's name. What other systems call a withdrawal is one (Segment's email events, and what
# consent platforms send); a grant must be called by its name.
STATES = {"consentgranted": "granted"} | dict.fromkeys(
    (
        "consentwithdrawn", "consentrevoked", "consentdenied", "unsubscribed", "unsubscribe", "emailunsubscribed",
        "optedout", "optout", "marketingoptout",
    ),
    "withdrawn",
)  # fmt: skip
# Of one event no more is read than this.
MOST = 50


@dataclass(frozen=True, slots=True)
class Words:
    """Purposes and channels as they were sent, an empty text for what says nothing; addresses that the event names."""

    purposes: tuple[str, ...]
    channels: tuple[str, ...]
    addresses: tuple[str, ...]


def state_of(event: Event) -> str:
    """`granted`, `withdrawn` or, for an event of another name, an empty text; however the name is spelled."""
    return _state_of(event.event) if event.type == "track" else ""


@functools.lru_cache(maxsize=4096)
def _state_of(name: str) -> str:
    return STATES.get(letters(name), "")


def words_of(event: Event) -> Words:
    """Names of properties are read in any spelling too. Without any word about a channel, the default is meant."""
    properties = decode_object(event.properties)
    channels = _stated(properties, "channel")
    return Words(
        _stated(properties, "purpose") or ("",),
        (default_channel().key,) if channels is None else channels,
        tuple(dict.fromkeys(_addresses(event, properties))),
    )


def withdrawal_in(raw: bytes, received: dt.datetime) -> Event | None:
    """The withdrawal that a refused call would have been, with what of it can be read; None when it is none."""
    try:
        call = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(call, dict) or _state_of(str(call.get("event"))) != "withdrawn":
        return None
    properties, context = call.get("properties"), call.get("context")
    traits = context.get("traits") if isinstance(context, dict) else None
    return Event(
        "track",
        "Consent Withdrawn",
        f"refused-{hashlib.sha256(raw).hexdigest()[:32]}",
        received,
        _id(call.get("userId")),
        _id(call.get("anonymousId")),
        properties=_telling(properties),
        context=msgspec.Raw(b'{"traits":' + bytes(_telling(traits)) + b"}"),
    )


def _id(value: Any) -> str:
    return str(value).replace("\x00", "").strip()[:MAX_LENGTH] if isinstance(value, str | int) else ""


def _telling(holder: Any) -> msgspec.Raw:
    """What is about a purpose, a channel or an address, as far as it is plain."""
    if not isinstance(holder, dict):
        return EMPTY
    names = identity_types.current().names
    relevant = {
        key: text[:500].replace("\x00", "")
        for key, value in holder.items()
        if about(key, "purpose") or about(key, "channel") or folded(key) in names
        for text in [", ".join(_texts(value))]
    }
    return msgspec.Raw(msgspec.json.encode(relevant))


def about(key: str, field: str) -> bool:
    """Whether a property of this name is the purpose or the channel of a consent."""
    return letters(key) in {field, f"{field}s", f"consent{field}"}


def _stated(properties: Mapping[str, Any], field: str) -> tuple[str, ...] | None:
    values = [value for key, value in properties.items() if about(key, field)]
    if not values:
        return None
    texts = [text for value in values for text in _texts(value)]
    return tuple(dict.fromkeys(texts))[:MOST] or ("",)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for element in value:
            yield from _texts(element)
    else:
        yield "" if value is None else str(value)


def _addresses(event: Event, properties: Mapping[str, Any]) -> Iterator[str]:
    """What may be an address in it, an id included: many a sender's user ids are addresses."""
    traits = decode_object(event.context).get("traits")
    for holder in (properties, traits if isinstance(traits, dict) else {}):
        for _kind, value in identity_types.current().among(holder):
            yield from _texts(value)
    yield from (text for text in (event.user_id, event.anonymous_id) if text)
