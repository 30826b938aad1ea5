"""The wire form of events (Segment's HTTP API) and the form in which the log keeps them.

Spec: Segment, "HTTP Tracking API" and "Spec: Common fields". Decoding is msgspec's; `properties`, `traits`
and `context` stay undecoded bytes until somebody needs them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import msgspec

from rapport.events.services.cleaning import Rejected, clean, is_plain
from rapport.events.services.nesting import LEVELS, too_deep
from rapport.events.services.times import Moment, happened, parse_time
from rapport.people.normalise import MAX_LENGTH
from rapport.people.spelling import number_text

MAX_EVENT = 32 * 1024
MAX_BODY = 500 * 1024
MAX_BATCH = 2_500
MAX_MESSAGE_ID = 100
MAX_NAME = 200
TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})
# The short paths of analytics-next's browser client.
SHORT = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias", "b": "batch"}
NAMES = {
    "identify": "Identified",
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "group": "Group Joined",
    "alias": "Aliased",
}
Scalar = str | int | float | None
EMPTY = msgspec.Raw(b"{}")
NULL = msgspec.Raw(b"null")
# What clients write under `integrations` when nobody chose any.
EVERYWHERE = frozenset({b"{}", b"null", b'{"All":true}', b'{"All": true}'})


class Call(msgspec.Struct, gc=False):
    """One call as clients send it. Holds nothing that could form a cycle, so the collector need not look at it."""

    type: str | None = None
    event: Scalar = None
    name: Scalar = None
    category: Scalar = None
    userId: Scalar = None
    anonymousId: Scalar = None
    previousId: Scalar = None
    groupId: Scalar = None
    messageId: Scalar = None
    timestamp: Scalar = None
    originalTimestamp: Scalar = None
    sentAt: Scalar = None
    properties: msgspec.Raw = EMPTY
    traits: msgspec.Raw = EMPTY
    context: msgspec.Raw = EMPTY
    integrations: msgspec.Raw = EMPTY


class Envelope(msgspec.Struct):
    """The body of /v1/batch. Only the list itself can make it unusable, so the rest is read leniently."""

    batch: list[msgspec.Raw]
    sentAt: msgspec.Raw = NULL
    context: msgspec.Raw = EMPTY
    integrations: msgspec.Raw = EMPTY


class KeyOnly(msgspec.Struct):
    """The write key inside the body, where browsers that cannot set headers put it."""

    writeKey: str | None = None


class Event(msgspec.Struct, array_like=True, gc=False):
    """One accepted event as it stands in the log: checked, times corrected, identifiers as sent (text)."""

    type: str
    event: str
    message_id: str
    at: dt.datetime
    user_id: str = ""
    anonymous_id: str = ""
    other_id: str = ""
    properties: msgspec.Raw = EMPTY
    traits: msgspec.Raw = EMPTY
    context: msgspec.Raw = EMPTY
    person_id: uuid.UUID | None = None


encode = msgspec.json.Encoder().encode
decode_call = msgspec.json.Decoder(Call).decode
decode_envelope = msgspec.json.Decoder(Envelope).decode
decode_key = msgspec.json.Decoder(KeyOnly).decode
decode_events = msgspec.json.Decoder(list[Event]).decode
decode_scalar = msgspec.json.Decoder(Scalar).decode
decode_object = msgspec.json.Decoder(dict[str, Any]).decode


def text(value: Scalar) -> str:
    return "" if value is None else str(value).strip()


def _id(name: str, value: Scalar) -> str:
    """An id as text; numbers in their one notation. Raises Rejected for what would stand for several."""
    if isinstance(value, float):
        spelled = number_text(value)
        if spelled is None:
            raise Rejected(f"{name} {value!r} is a number too large to be exact; send it as text")
        return spelled
    given = text(value)
    if len(given) > MAX_LENGTH:
        raise Rejected(f"{name} has {len(given)} characters; at most {MAX_LENGTH} are taken")
    return given


def accept(
    raw: bytes,
    *,
    type_: str,
    received: dt.datetime,
    sent: dt.datetime | None,
    context: bytes = b"",
    integrations: bytes = b"",
    plain: bool = False,
) -> Event:
    """Checks one call and gives the event for the log. `type_` is the path's type, or "" inside a batch.

    `sent`, `context` and `integrations` are the batch's, for what the call does not say itself; `plain` is
    `is_plain` of the whole body.
    Raises Rejected with the reason.
    """
    call = _checked(raw, plain)
    kind = type_ or _kind(call)
    user_id, anonymous_id = _id("userId", call.userId), _id("anonymousId", call.anonymousId)
    if not user_id and not anonymous_id:
        raise Rejected("neither userId nor anonymousId: the event belongs to nobody")
    for name in ("properties", "traits", "context"):
        setattr(call, name, _object(name, getattr(call, name)))
    # RudderStack's clients add originalTimestamp (now) even to an event that its sender dated by `timestamp`.
    stated = call.timestamp if call.timestamp is not None else call.originalTimestamp
    moment = happened(received, _sent_at(call.sentAt) or sent, stated)
    return Event(
        type=kind,
        event=_event_name(call, kind),
        message_id=_message_id(call),
        at=moment.at,
        user_id=user_id,
        anonymous_id=anonymous_id,
        other_id=_other_id(call, kind),
        properties=_with_name(call, kind),
        traits=call.traits,
        context=_remarked(
            _with_integrations(_context(call.context, context), call.integrations, integrations), moment
        ),
    )


def _checked(raw: bytes, plain: bool) -> Call:
    """Size, depth, encoding and shape. Raises Rejected."""
    if too_deep(raw):
        raise Rejected(f"nested deeper than {LEVELS} levels")
    try:
        # Escapes and blanks count for what they stand for.
        if len(raw) > MAX_EVENT or not (plain or is_plain(raw)):
            raw = clean(raw)
        if len(raw) > MAX_EVENT:
            raise Rejected(f"the event has {len(raw)} bytes; at most {MAX_EVENT} are taken")
        return decode_call(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(f"not an event: {error}") from error


def _kind(call: Call) -> str:
    kind = (call.type or "").lower()
    if kind not in TYPES:
        raise Rejected(f"type {call.type!r} is not one of {', '.join(sorted(TYPES))}")
    return kind


def _message_id(call: Call) -> str:
    message_id = text(call.messageId)
    if len(message_id) > MAX_MESSAGE_ID:
        raise Rejected(f"messageId has {len(message_id)} characters; at most {MAX_MESSAGE_ID} are taken")
    return message_id or str(uuid.uuid4())


def _event_name(call: Call, kind: str) -> str:
    if kind != "track":
        return NAMES[kind]
    name = text(call.event)
    if not name:
        raise Rejected("a track call needs the name of its event in `event`")
    return name[:MAX_NAME]


def _other_id(call: Call, kind: str) -> str:
    if kind == "alias":
        if previous := _id("previousId", call.previousId):
            return previous
        raise Rejected("an alias call needs previousId")
    if kind == "group":
        if group := _id("groupId", call.groupId):
            return group
        raise Rejected("a group call needs groupId")
    return ""


def _object(name: str, raw: msgspec.Raw) -> msgspec.Raw:
    """An object as it came. None is an empty one, and so is an empty list, as PHP writes it. Raises Rejected."""
    written = bytes(raw)
    if written[:1] == b"{":
        return raw
    if written == b"null" or (written[:1] == b"[" and not written[1:-1].strip()):
        return EMPTY
    raise Rejected(f"{name} must be an object")


def _remarked(context: msgspec.Raw, moment: Moment) -> msgspec.Raw:
    """The context with what capture changed of the event, so that whoever looks at it knows."""
    if not moment.remark:
        return context
    given = {"timestamp": moment.stated, "remark": moment.remark}
    return msgspec.Raw(encode({**decode_object(context), "rapport": given}))


def _with_name(call: Call, kind: str) -> msgspec.Raw:
    """A page's or screen's name and category are kept among its properties, as in Segment's warehouses."""
    properties = call.properties
    if kind not in {"page", "screen"}:
        return properties
    labels = {"name": text(call.name), "category": text(call.category)}
    if not any(labels.values()):
        return properties
    fields = decode_object(properties)
    for name, value in labels.items():
        if value:
            fields.setdefault(name, value)
    return msgspec.Raw(encode(fields))


def _context(own: msgspec.Raw, shared: bytes) -> msgspec.Raw:
    """The batch's context with the event's own laid over it, and what capture knows of the request."""
    if not shared:
        return own
    if own == EMPTY:
        return msgspec.Raw(shared)
    return msgspec.Raw(encode({**decode_object(shared), **decode_object(own)}))


def _sent_at(value: Scalar) -> dt.datetime | None:
    # A wrong sentAt only costs the correction of the sender's clock.
    try:
        return parse_time(value)
    except Rejected:
        return None


def _with_integrations(context: msgspec.Raw, own: msgspec.Raw, shared: bytes) -> msgspec.Raw:
    """The context with `integrations` in it, where the sender chose any: kept for what will deliver to them."""
    chosen = bytes(own)
    if chosen in EVERYWHERE:
        if not shared:
            return context
        chosen = shared
    elif shared and chosen[:1] == b"{":
        chosen = encode({**decode_object(shared), **decode_object(chosen)})
    before = bytes(context)
    if chosen[:1] != b"{" or b'"integrations"' in before:
        return context
    return msgspec.Raw(b'{"integrations":' + chosen + (b"}" if before == b"{}" else b"," + before[1:]))
