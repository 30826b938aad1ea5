"""What Meta calls us with for WhatsApp: states of messages, messages of persons, and their choices in the app."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rapport.channels.incoming import (
    Answer,
    Call,
    Choice,
    Enclosed,
    Gone,
    Incoming,
    Receipt,
    ReceiptKind,
    Reply,
    enclosed,
)
from rapport.channels.keywords import Keyword, answer_to, choice_of, keyword_of
from rapport.channels.meanings import UNKNOWN
from rapport.channels.meta import graph
from rapport.channels.meta.graph import objects, text_of
from rapport.channels.protocol import Message, Result
from rapport.channels.whatsapp.codes import MEANINGS

_KINDS = {"delivered": ReceiptKind.DELIVERED, "read": ReceiptKind.READ}
_MEDIA = ("image", "video", "audio", "document", "sticker")


def receive(call: Call, settings: Mapping[str, Any]) -> Answer:
    """Reads one call. Calls about other numbers of the same business say nothing here. Raises NotTheirs, Malformed."""
    if call.method == "GET":
        return graph.verification(call, settings)
    content = graph.content_of(call, settings)
    incoming: list[Incoming] = []
    for entry in objects(content["entry"]):
        for change in objects(entry.get("changes")):
            value = change.get("value")
            number = text_of(value, "metadata", "phone_number_id")
            if isinstance(value, dict) and number in {"", str(settings["phone_number_id"])}:
                incoming += _read(value, call.now, settings)
    answers = [
        _answer(came, words, settings)
        for came in incoming
        if isinstance(came, Reply) and (words := answer_to(_keyword(came.text, settings), settings))
    ]
    return Answer(incoming, messages=answers, once=graph.proof(call))


def _read(value: Mapping[str, Any], now: dt.datetime, settings: Mapping[str, Any]) -> Iterator[Incoming]:
    names = {
        text_of(entry, "wa_id"): text_of(entry, "profile", "name") for entry in objects(value.get("contacts"))
    }
    for status in objects(value.get("statuses")):
        yield from _receipts(status, now)
    for message in objects(value.get("messages")):
        yield from _message(message, names, now, settings)
    for preference in objects(value.get("user_preferences")):
        wants = {"stop": False, "resume": True}.get(text_of(preference, "value"))
        address = _address(text_of(preference, "wa_id"))
        if wants is not None and address:
            at = _time(preference, now)
            yield Choice(
                address, wants, at, text_of(preference, "detail"), f"preference {address} {at.isoformat()}"
            )


def _receipts(status: Mapping[str, Any], now: dt.datetime) -> Iterator[Incoming]:
    """`sent` is Meta's own copy; the person has it with `delivered`."""
    name, address, at = text_of(status, "id"), _address(text_of(status, "recipient_id")), _time(status, now)
    reference = text_of(status, "biz_opaque_callback_data")
    state = text_of(status, "status")
    if kind := _KINDS.get(state):
        yield Receipt(kind, at, name, reference, address)
    elif state == "failed":
        error: Mapping[str, Any] = next(objects(status.get("errors")), {})
        code = text_of(error, "code")
        meaning = MEANINGS.get(code, UNKNOWN)
        yield meaning.receipt(
            code, graph.detail_of(error), at, provider_id=name, reference=reference, address=address
        )
        if meaning.result is Result.WITHDRAWN:
            yield Choice(address, False, at, "", name)


def _message(
    message: Mapping[str, Any], names: Mapping[str, str], now: dt.datetime, settings: Mapping[str, Any]
) -> Iterator[Incoming]:
    number, name, at = text_of(message, "from"), text_of(message, "id"), _time(message, now)
    address = _address(number)
    if not address or not name:
        return
    if text_of(message, "type") == "system":
        if successor := text_of(message, "system", "wa_id") or text_of(message, "system", "new_wa_id"):
            yield Gone(address, at, _address(successor))
        return
    text, attachments = _text(message)
    yield Reply(
        name,
        address,
        text,
        at,
        names.get(number, ""),
        answers=text_of(message, "context", "id") or text_of(message, "reaction", "message_id"),
        attachments=attachments,
    )
    if choice := choice_of(_keyword(text, settings), address=address, text=text, at=at, provider_id=name):
        yield choice


def _text(message: Mapping[str, Any]) -> tuple[str, list[Enclosed]]:
    """What a message says, of whatever type, and what hangs on it (at Meta, by id)."""
    kind = text_of(message, "type")
    if kind in _MEDIA:
        media = message.get(kind)
        name = text_of(media, "filename")
        return text_of(media, "caption"), [
            enclosed(kind, text_of(media, "mime_type"), text_of(media, "id"), name)
        ]
    if kind == "location":
        place = message.get("location")
        words = [text_of(place, "name"), text_of(place, "address")]
        where = f"{text_of(place, 'latitude')}, {text_of(place, 'longitude')}"
        return "\n".join([word for word in words if word] + [where]), []
    return (
        text_of(message, "text", "body")
        or text_of(message, "button", "text")
        or text_of(message, "interactive", "button_reply", "title")
        or text_of(message, "interactive", "list_reply", "title")
        or text_of(message, "reaction", "emoji"),
        [],
    )


def _answer(came: Reply, words: str, settings: Mapping[str, Any]) -> Message:
    body = {
        "messaging_product": "whatsapp",
        "to": came.address.lstrip("+"),
        "type": "text",
        "text": {"body": words},
        "context": {"message_id": came.provider_id},
    }
    number = str(settings["phone_number_id"])
    return Message(number, came.address, json.dumps(body).encode(), f"answer {came.provider_id}")


def _keyword(text: str, settings: Mapping[str, Any]) -> Keyword | None:
    return keyword_of(text, str(settings.get("stop_words") or "").split(","))


def _address(number: str) -> str:
    """E.164; WhatsApp leaves the plus out."""
    return f"+{number}" if number.isdigit() else ""


def _time(value: Mapping[str, Any], now: dt.datetime) -> dt.datetime:
    """Seconds since 1970; never later than now."""
    try:
        return min(dt.datetime.fromtimestamp(int(text_of(value, "timestamp")), dt.UTC), now)
    except (ValueError, OverflowError, OSError):
        return now
