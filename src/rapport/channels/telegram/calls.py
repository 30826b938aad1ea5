"""The updates that Telegram calls us with: messages to the bot, buttons, and who blocked it."""

from __future__ import annotations

import datetime as dt
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rapport.channels.http import json_object
from rapport.channels.incoming import (
    Answer,
    Call,
    Choice,
    Enclosed,
    Incoming,
    Malformed,
    NotTheirs,
    Reply,
    enclosed,
)
from rapport.channels.keywords import Keyword, answer_to, choice_of, keyword_of
from rapport.channels.telegram.bot import secret_of

_MEDIA = ("document", "video", "voice", "audio", "sticker", "animation", "video_note")


def receive(call: Call, settings: Mapping[str, Any]) -> Answer:
    """Reads one update. STOP and HELP are answered in the answer itself. Raises NotTheirs, Malformed."""
    given = call.headers.get("x-telegram-bot-api-secret-token", "")
    if call.method != "POST" or not hmac.compare_digest(given.encode(), secret_of(settings).encode()):
        raise NotTheirs("the secret token is another")
    update = json_object(call.body)
    if not isinstance(update.get("update_id"), int):
        raise Malformed("there is no update_id")
    once = f"update {update['update_id']}"
    incoming = list(_read(update, call.now, settings))
    reply = next((entry for entry in incoming if isinstance(entry, Reply)), None)
    words = answer_to(_keyword(reply.text, settings), settings) if reply else ""
    if not reply or not words:
        return Answer(incoming, once=once)
    body = {"method": "sendMessage", "chat_id": int(reply.address), "text": words[:4096]}
    return Answer(incoming, body=json.dumps(body), content_type="application/json", once=once)


def _read(update: Mapping[str, Any], now: dt.datetime, settings: Mapping[str, Any]) -> Iterator[Incoming]:
    """Only chats with one person: what is said in groups is not said to us."""
    message = update.get("message")
    if isinstance(message, dict) and (address := _private(message)):
        yield from _message(message, address, now, settings)
    member = update.get("my_chat_member")
    if isinstance(member, dict) and (address := _private(member)):
        state = member.get("new_chat_member")
        if isinstance(state, dict) and state.get("status") == "kicked":
            yield Choice(address, False, _time(member, now), "", f"update {update['update_id']}")
    pressed = update.get("callback_query")
    if isinstance(pressed, dict):
        origin = pressed.get("message")
        if isinstance(origin, dict) and (address := _private(origin)):
            answers = f"{address}:{origin.get('message_id', '')}"
            name = f"update {update['update_id']}"
            yield Reply(name, address, str(pressed.get("data") or ""), now, _name(pressed), answers=answers)


def _message(
    message: Mapping[str, Any], address: str, now: dt.datetime, settings: Mapping[str, Any]
) -> Iterator[Incoming]:
    sender = message.get("from")
    if isinstance(sender, dict) and sender.get("is_bot"):
        return
    text, at = str(message.get("text") or message.get("caption") or ""), _time(message, now)
    name = f"{address}:{message.get('message_id', '')}"
    origin = message.get("reply_to_message")
    answers = f"{address}:{origin.get('message_id', '')}" if isinstance(origin, dict) else ""
    yield Reply(name, address, text, at, _name(message), answers=answers, attachments=_attachments(message))
    if choice := choice_of(_keyword(text, settings), address=address, text=text, at=at, provider_id=name):
        yield choice


def _keyword(text: str, settings: Mapping[str, Any]) -> Keyword | None:
    """`/start` may bring words of the link that led here (`/start spring-sale`)."""
    if text.split(" ", 1)[0].partition("@")[0] == "/start":
        return Keyword.START
    bare = text[1:].partition("@")[0] if text.startswith("/") else text
    return keyword_of(bare, str(settings.get("stop_words") or "").split(","))


def _private(holder: Mapping[str, Any]) -> str:
    """The id of the chat with one person; empty for groups and channels."""
    chat = holder.get("chat")
    if isinstance(chat, dict) and chat.get("type") == "private" and isinstance(chat.get("id"), int):
        return str(chat["id"])
    return ""


def _name(holder: Mapping[str, Any]) -> str:
    sender = holder.get("from")
    if not isinstance(sender, dict):
        return ""
    return " ".join(str(sender[key]) for key in ("first_name", "last_name") if sender.get(key))[:200]


def _attachments(message: Mapping[str, Any]) -> list[Enclosed]:
    """Telegram hands files out by their ids."""
    files = [(kind, message[kind]) for kind in _MEDIA if isinstance(message.get(kind), dict)]
    sizes = message.get("photo")
    if isinstance(sizes, list) and sizes and isinstance(sizes[-1], dict):
        files.append(("photo", {"mime_type": "image/jpeg", **sizes[-1]}))
    return [
        enclosed(
            kind,
            str(file.get("mime_type") or ""),
            str(file.get("file_id") or ""),
            str(file.get("file_name") or ""),
        )
        for kind, file in files
    ]


def _time(holder: Mapping[str, Any], now: dt.datetime) -> dt.datetime:
    """Seconds since 1970; never later than now."""
    try:
        return min(dt.datetime.fromtimestamp(int(holder.get("date", "")), dt.UTC), now)
    except (ValueError, TypeError, OverflowError, OSError):
        return now
