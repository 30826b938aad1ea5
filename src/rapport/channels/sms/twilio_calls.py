"""What a Twilio-compatible provider calls us with: receipts, and messages of persons."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit
from xml.sax.saxutils import escape

from rapport.channels.incoming import (
    Answer,
    Call,
    Choice,
    Incoming,
    Malformed,
    NotTheirs,
    Receipt,
    ReceiptKind,
    Reply,
    enclosed,
)
from rapport.channels.keywords import Keyword, answer_to, choice_of, keyword_of
from rapport.channels.meanings import UNKNOWN
from rapport.channels.protocol import Result
from rapport.channels.sms.twilio_codes import MEANINGS

_KINDS = {"delivered": ReceiptKind.DELIVERED, "read": ReceiptKind.READ}
_FAILED = {"failed", "undelivered", "canceled"}
_PORTS = {"https": 443, "http": 80}
_PROVIDERS_WORDS = {"STOP": Keyword.STOP, "START": Keyword.START, "HELP": Keyword.HELP}


def receive(call: Call, settings: Mapping[str, Any]) -> Answer:
    """Reads one call. Raises NotTheirs, Malformed."""
    if call.method != "POST":
        raise NotTheirs("only POST is signed")
    try:
        pairs = parse_qsl(call.body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError as error:
        raise NotTheirs("the body is no form") from error
    if not _signed(call, pairs, str(settings["auth_token"])):
        raise NotTheirs("the signature does not match the address and the form")
    form = dict(pairs)
    message_id = form.get("MessageSid") or form.get("SmsSid") or ""
    if not message_id:
        raise Malformed("there is no MessageSid")
    status = form.get("MessageStatus") or form.get("SmsStatus") or ""
    if status == "received" or "Body" in form:
        return _message(form, message_id, call, settings)
    return Answer(_receipts(form, message_id, status, call), once=_proof(call))


def signature(url: str, pairs: list[tuple[str, str]], token: str) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the exact address and the form's fields in order of their names."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _signed(call: Call, pairs: list[tuple[str, str]], token: str) -> bool:
    """With and without the scheme's own port: providers sign either."""
    given = call.headers.get("x-twilio-signature", "")
    try:
        base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False
    addresses = {call.url, *_with_port(call.url)}
    return any(hmac.compare_digest(signature(address, pairs, token), given) for address in addresses)


def _with_port(url: str) -> list[str]:
    split_url = urlsplit(url)
    host, port = split_url.hostname or "", split_url.port
    if port is not None and port != _PORTS.get(split_url.scheme):
        return [urlunsplit(split_url._replace(netloc=host))]
    if port is None and split_url.scheme in _PORTS:
        return [urlunsplit(split_url._replace(netloc=f"{host}:{_PORTS[split_url.scheme]}"))]
    return [urlunsplit(split_url._replace(netloc=host))]


def _receipts(form: Mapping[str, str], message_id: str, status: str, call: Call) -> list[Incoming]:
    at, address, reference = _done_at(form, call.now), form.get("To", ""), call.query.get("reference", "")
    if kind := _KINDS.get(status):
        return [Receipt(kind, at, message_id, reference, address)]
    if status not in _FAILED:
        return []
    code = form.get("ErrorCode", "")
    meaning = MEANINGS.get(code, UNKNOWN)
    bounced = meaning.receipt(
        code, form.get("ErrorMessage", ""), at, provider_id=message_id, reference=reference, address=address
    )
    if meaning.result is Result.WITHDRAWN:
        return [bounced, Choice(address, False, at, "", message_id)]
    return [bounced]


def _done_at(form: Mapping[str, str], now: dt.datetime) -> dt.datetime:
    """When the network says it happened; it is the network's word, so never later than now."""
    try:
        at = dt.datetime.strptime(form.get("RawDlrDoneDate", ""), "%y%m%d%H%M").replace(tzinfo=dt.UTC)
    except ValueError:
        return now
    return at if now - dt.timedelta(days=3) < at < now else now


def _proof(call: Call) -> str:
    return call.headers["x-twilio-signature"]


def _message(form: Mapping[str, str], message_id: str, call: Call, settings: Mapping[str, Any]) -> Answer:
    """A person's message; when the provider has answered STOP or HELP itself, it is not answered twice."""
    address, text, now = form.get("From", ""), form.get("Body", ""), call.now
    media = [
        enclosed("", form.get(f"MediaContentType{at}", ""), form[f"MediaUrl{at}"])
        for at in range(10)
        if f"MediaUrl{at}" in form
    ]
    theirs = _PROVIDERS_WORDS.get(form.get("OptOutType", ""))
    keyword = theirs or keyword_of(text, str(settings.get("stop_words") or "").split(","))
    reply = Reply(message_id, address, text, now, attachments=media)
    choice = choice_of(keyword, address=address, text=text, at=now, provider_id=message_id)
    words = "" if theirs else answer_to(keyword, settings)
    body = f"<Message>{escape(words)}</Message>" if words else ""
    return Answer(
        [reply, choice] if choice else [reply],
        body=f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>',
        content_type="text/xml",
        once=_proof(call),
    )
