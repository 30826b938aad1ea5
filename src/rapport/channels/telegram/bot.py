"""Sending over Telegram's Bot API, and telling it where we are called."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.http import MAX_WAIT, HttpChannel, by_status, call, json_of, retry_after
from rapport.channels.meanings import Meaning
from rapport.channels.protocol import Message, Outcome, Result
from rapport.channels.registry import WrongSettings
from rapport.core.services import outbound
from rapport.core.services.outbound import Session

BASE = "https://api.telegram.org"
RATE = 25
UPDATES = ["message", "edited_message", "my_chat_member", "callback_query"]

SIGN_IN = Meaning(
    Result.UNREACHABLE, "sign_in", gettext_lazy("Check the token, or make a new one with @BotFather.")
)
# Telegram has no codes of its own beneath HTTP's; its words are the code.
MEANINGS = (
    (
        "bot was blocked by the user",
        Meaning(Result.WITHDRAWN, "blocked", gettext_lazy("The person has blocked the bot.")),
    ),
    (
        "user is deactivated",
        Meaning(Result.BAD_ADDRESS, "user_unknown", gettext_lazy("The account was deleted.")),
    ),
    (
        "chat not found",
        Meaning(Result.BAD_ADDRESS, "user_unknown", gettext_lazy("There is no such chat with this bot.")),
    ),
    (
        "peer_id_invalid",
        Meaning(Result.BAD_ADDRESS, "user_unknown", gettext_lazy("There is no such chat with this bot.")),
    ),
    (
        "bot can't initiate conversation",
        Meaning(Result.REFUSED, "not_started", gettext_lazy("The person has not started the bot yet.")),
    ),
    (
        "can't parse entities",
        Meaning(Result.REFUSED, "content", gettext_lazy("The HTML of the text is broken.")),
    ),
    ("unauthorized", SIGN_IN),
    ("not found", SIGN_IN),
    ("too many requests", Meaning(Result.RETRY, "rate", gettext_lazy("The bot sends faster than it may."))),
)


def open_channel(settings: Mapping[str, Any]) -> HttpChannel:
    """The channel of an account; Telegram allows about 30 messages a second."""
    rate = float(settings.get("rate") or RATE)
    return HttpChannel("telegram", lambda session, message: _send(session, message, settings), rate=rate)


def advice(words: str) -> str:
    """What to do about an answer, by its words."""
    meaning = _meaning(words.replace("_", " "))
    return str(meaning.advice) if meaning else ""


def secret_of(settings: Mapping[str, Any]) -> str:
    """What Telegram shows us in a header with every call: it needs no entering, and only we can know it."""
    return hmac.new(str(settings["token"]).encode(), b"rapport webhook", hashlib.sha256).hexdigest()


def _url(settings: Mapping[str, Any], method: str) -> str:
    return f"{_base(settings)}/bot{settings['token']}/{method}"


def _base(settings: Mapping[str, Any]) -> str:
    return str(settings.get("base_url") or BASE).rstrip("/")


def _send(session: Session, message: Message, settings: Mapping[str, Any]) -> Outcome:
    content = json.loads(message.payload)
    return call(
        session,
        "POST",
        _url(settings, "sendPhoto" if "photo" in content else "sendMessage"),
        body=message.payload,
        headers={"content-type": "application/json"},
        read=_read,
    )


def _read(answer: outbound.Answer) -> Outcome:
    content = json_of(answer)
    result = content.get("result")
    if (
        answer.status == 200
        and content.get("ok") is True
        and isinstance(result, dict)
        and "message_id" in result
    ):
        chat = result.get("chat")
        chat_id = chat.get("id", "") if isinstance(chat, dict) else ""
        return Outcome(Result.ACCEPTED, "200", provider_id=f"{chat_id}:{result['message_id']}")
    words = str(content.get("description") or "")
    if meaning := _meaning(words):
        parameters = content.get("parameters")
        after = parameters.get("retry_after") if isinstance(parameters, dict) else None
        seconds = min(float(after), MAX_WAIT) if isinstance(after, int | float) else retry_after(answer)
        return meaning.outcome(meaning.reason, words, seconds if meaning.result is Result.RETRY else None)
    return by_status(answer, words)


def _meaning(words: str) -> Meaning | None:
    low = words.lower()
    return next((meaning for part, meaning in MEANINGS if part in low or meaning.reason == words), None)


def look(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Tells Telegram where to call, and says how the bot stands. Raises WrongSettings."""
    address = str(settings.get("callback_url") or "")
    session = Session()
    try:
        bot = _ask(session, settings, "getMe", {})
        if urlsplit(address).scheme == "https":
            _ask(
                session,
                settings,
                "setWebhook",
                {"url": address, "secret_token": secret_of(settings), "allowed_updates": UPDATES},
            )
        hook = _ask(session, settings, "getWebhookInfo", {})
    finally:
        session.close()
    called = str(hook.get("url") or "")
    return [
        (_("Bot"), f"@{bot.get('username', '')}"),
        (
            _("Calls us"),
            _("yes") if called and called == address else _("no: Telegram needs a public https address"),
        ),
        (_("Waiting for us"), str(hook.get("pending_update_count", 0))),
        (_("Last error"), str(hook.get("last_error_message") or "–")),
    ]


def fetch(settings: Mapping[str, Any], at: str, into: IO[bytes], limit: int) -> None:
    """A file by its id; bots get at most 20 MB. Raises Refused, Unreachable."""
    session = Session()
    try:
        file = _ask(session, settings, "getFile", {"file_id": at})
    except WrongSettings as error:
        raise outbound.Unreachable(str(error)) from error
    finally:
        session.close()
    path = quote(str(file.get("file_path") or ""))
    outbound.download(f"{_base(settings)}/file/bot{settings['token']}/{path}", into, limit=limit)


def _ask(
    session: Session, settings: Mapping[str, Any], method: str, content: Mapping[str, Any]
) -> dict[str, Any]:
    try:
        answer = session.request(
            "POST",
            _url(settings, method),
            body=json.dumps(content).encode(),
            headers={"content-type": "application/json"},
        )
    except (outbound.Refused, outbound.Unreachable) as error:
        raise WrongSettings(str(error)) from error
    whole = json_of(answer)
    if whole.get("ok") is not True:
        raise WrongSettings(f"{answer.status} {whole.get('description', '')}".strip())
    result = whole.get("result")
    return result if isinstance(result, dict) else {}
