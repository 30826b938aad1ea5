"""Direct messages of Messenger and Instagram: sending over the Send API, and what Meta calls us with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from rapport.channels.http import HttpChannel
from rapport.channels.incoming import Answer, Call, Incoming, Receipt, ReceiptKind, Reply, enclosed
from rapport.channels.keywords import answer_to, choice_of, keyword_of
from rapport.channels.meta import graph
from rapport.channels.meta.codes import MEANINGS
from rapport.channels.protocol import Composer, Content, Message, Outcome, Result, Unfit
from rapport.core.services.outbound import Session

LONGEST = {"messenger": 2000, "instagram": 1000}
TAGS = ("HUMAN_AGENT", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "ACCOUNT_UPDATE")


def composer(channel: str, settings: Mapping[str, Any]) -> Composer:
    """Makes direct messages: text and a picture, after 24 hours only with a tag that Meta allows."""

    def compose(content: Content) -> Message:
        text = content.fields.get("text", "").replace("\r\n", "\n").replace("\0", "").strip()
        media, tag = content.fields.get("media", "").strip(), content.fields.get("tag", "").strip()
        if not content.address.isdigit():
            raise Unfit(_("The id of a person on Meta consists of figures."))
        if not text and not media:
            raise Unfit(_("The text is empty."))
        size = len(text.encode()) if channel == "instagram" else len(text)
        if size > LONGEST[channel]:
            raise Unfit(_("The text is too long: at most %(most)d characters.") % {"most": LONGEST[channel]})
        if tag and tag not in TAGS:
            raise Unfit(_("There is no such tag: %(tag)s") % {"tag": tag[:40]})
        if not content.window_open and not tag:
            raise Unfit(_("More than 24 hours since the person's last message: only a tag allows it."))
        sent_as = (
            {"messaging_type": "RESPONSE"}
            if content.window_open
            else {"messaging_type": "MESSAGE_TAG", "tag": tag}
        )
        return Message(
            str(settings["page_id"]),
            content.address,
            json.dumps({"text": text, "media": media, **sent_as}).encode(),
            content.reference,
        )

    return compose


def open_channel(channel: str, settings: Mapping[str, Any]) -> HttpChannel:
    rate = float(settings.get("rate") or 0)
    return HttpChannel(channel, lambda session, message: _send(session, message, settings), rate=rate)


def _send(session: Session, message: Message, settings: Mapping[str, Any]) -> Outcome:
    """A picture goes first and the text after it; once the picture is gone, a text that is not taken is uncertain."""
    payload = json.loads(message.payload)
    common = {"recipient": {"id": message.recipient}, "messaging_type": payload["messaging_type"]}
    if payload.get("tag"):
        common["tag"] = payload["tag"]
    path = f"{message.sender}/messages"
    if payload["media"]:
        attachment = {"type": "image", "payload": {"url": payload["media"], "is_reusable": True}}
        outcome = graph.post(
            session, settings, path, {**common, "message": {"attachment": attachment}}, MEANINGS
        )
        if not outcome.provider_id or not payload["text"]:
            return outcome
    outcome = graph.post(session, settings, path, {**common, "message": {"text": payload["text"]}}, MEANINGS)
    if payload["media"] and outcome.result is not Result.ACCEPTED:
        return Outcome(
            Result.UNCERTAIN, outcome.code, f"the picture was sent, the text was not: {outcome.detail}"
        )
    return outcome


def receive(call: Call, settings: Mapping[str, Any]) -> Answer:
    """Reads one call. Raises NotTheirs, Malformed."""
    if call.method == "GET":
        return graph.verification(call, settings)
    content = graph.content_of(call, settings)
    incoming: list[Incoming] = []
    answers: list[Message] = []
    for entry in graph.objects(content["entry"]):
        for event in graph.objects(entry.get("messaging")):
            for came in _read(event, call.now, settings):
                incoming.append(came)
                if isinstance(came, Reply) and (words := answer_to(_keyword(came.text, settings), settings)):
                    answers.append(_answer(came.address, words, came.provider_id, settings))
    return Answer(incoming, messages=answers, once=graph.proof(call))


def _read(event: Mapping[str, Any], now: dt.datetime, settings: Mapping[str, Any]) -> Iterator[Incoming]:
    """One event. Echoes are what the page said itself, here or in Meta's own inbox."""
    address, at = graph.text_of(event, "sender", "id"), _time(event.get("timestamp"), now)
    message, delivery, read = event.get("message"), event.get("delivery"), event.get("read")
    if not address or address == str(settings["page_id"]):
        return
    if isinstance(message, dict) and not message.get("is_echo") and not message.get("is_deleted"):
        yield from _reply(message, address, at, settings)
    elif isinstance(event.get("postback"), dict):
        postback = event["postback"]
        name = graph.text_of(postback, "mid") or f"{address} {event.get('timestamp')}"
        yield Reply(name, address, graph.text_of(postback, "title") or graph.text_of(postback, "payload"), at)
    elif isinstance(delivery, dict):
        yield from _receipts(ReceiptKind.DELIVERED, delivery, address, now)
    elif isinstance(read, dict):
        yield from _receipts(ReceiptKind.READ, read, address, now)


def _reply(
    message: Mapping[str, Any], address: str, at: dt.datetime, settings: Mapping[str, Any]
) -> Iterator[Incoming]:
    text, name = graph.text_of(message, "text"), graph.text_of(message, "mid")
    attachments = [
        enclosed(graph.text_of(entry, "type"), "", graph.text_of(entry, "payload", "url"))
        for entry in graph.objects(message.get("attachments"))
    ]
    if not name:
        return
    yield Reply(
        name, address, text, at, answers=graph.text_of(message, "reply_to", "mid"), attachments=attachments
    )
    if choice := choice_of(_keyword(text, settings), address=address, text=text, at=at, provider_id=name):
        yield choice


def _receipts(
    kind: ReceiptKind, event: Mapping[str, Any], address: str, now: dt.datetime
) -> Iterator[Receipt]:
    """Of the messages that are named; without names, of all that were sent until the watermark."""
    at = _time(event.get("watermark"), now)
    mids = event.get("mids")
    names = [name for name in mids if isinstance(name, str)] if isinstance(mids, list) else []
    if single := graph.text_of(event, "mid"):
        names.append(single)
    for name in names:
        yield Receipt(kind, min(at, now), name, address=address)
    if not names and event.get("watermark"):
        yield Receipt(kind, min(at, now), address=address)


def _keyword(text: str, settings: Mapping[str, Any]) -> Any:
    return keyword_of(text, str(settings.get("stop_words") or "").split(","))


def _answer(address: str, words: str, reference: str, settings: Mapping[str, Any]) -> Message:
    payload = {"text": words, "media": "", "messaging_type": "RESPONSE"}
    return Message(str(settings["page_id"]), address, json.dumps(payload).encode(), f"answer {reference}")


def _time(value: object, now: dt.datetime) -> dt.datetime:
    """Milliseconds since 1970; never later than now."""
    try:
        return min(dt.datetime.fromtimestamp(float(str(value)) / 1000, dt.UTC), now)
    except (ValueError, OverflowError, OSError):
        return now
