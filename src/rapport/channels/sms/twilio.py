"""SMS and MMS over Twilio's Messages API, and over providers that are compatible with it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.http import HttpChannel, by_status, call, json_of
from rapport.channels.keywords import ANSWER_FIELDS
from rapport.channels.protocol import Message, Outcome, Result
from rapport.channels.registry import SettingField, WrongSettings
from rapport.channels.sms import compose
from rapport.channels.sms.twilio_codes import MEANINGS
from rapport.core.services import outbound
from rapport.core.services.outbound import Session

BASE = "https://api.twilio.com"
LONGEST = 1600
ACCEPTED = {"accepted", "scheduled", "queued", "sending", "sent", "delivered"}

FIELDS = (
    SettingField(
        "account_sid", gettext_lazy("Account SID"), help=gettext_lazy("AC…, on the console's first page.")
    ),
    SettingField(
        "auth_token", gettext_lazy("Auth token"), "secret", help=gettext_lazy("It also proves who calls us.")
    ),
    SettingField(
        "messaging_service_sid",
        gettext_lazy("Messaging service"),
        required=False,
        help=gettext_lazy("MG…; it chooses the sender. Otherwise give one."),
    ),
    *compose.FIELDS,
    *ANSWER_FIELDS,
    SettingField("rate", gettext_lazy("Messages a second"), "number", required=False, default=0),
    SettingField(
        "base_url",
        gettext_lazy("Address of the API"),
        "url",
        required=False,
        default=BASE,
        help=gettext_lazy("For providers that speak Twilio's API."),
    ),
)


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    compose.check(settings)
    if not settings.get("sender") and not settings.get("messaging_service_sid"):
        raise WrongSettings(_("Give a sender or a messaging service."), "sender")
    if urlsplit(_base(settings)).query or urlsplit(_base(settings)).fragment:
        raise WrongSettings(_("An address without a query."), "base_url")


def open_channel(settings: Mapping[str, Any]) -> HttpChannel:
    """The channel of an account."""
    rate = float(settings.get("rate") or 0)
    return HttpChannel("sms", lambda session, message: _send(session, message, settings), rate=rate)


def authorisation(settings: Mapping[str, Any]) -> dict[str, str]:
    """The header that signs in."""
    pair = f"{settings['account_sid']}:{settings['auth_token']}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}


def account_url(settings: Mapping[str, Any]) -> str:
    return f"{_base(settings)}/2010-04-01/Accounts/{settings['account_sid']}"


def fetch(settings: Mapping[str, Any], at: str, into: IO[bytes], limit: int) -> None:
    """A picture of an MMS; the API leads on to where it lies. Raises Refused, Unreachable."""
    ours = urlsplit(at)[:2] == urlsplit(_base(settings))[:2]
    headers = authorisation(settings) if ours else None
    outbound.download(at, into, limit=limit, headers=headers, redirects=2)


def look(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How the account stands. Raises WrongSettings."""
    try:
        answer = outbound.request("GET", f"{account_url(settings)}.json", headers=authorisation(settings))
    except (outbound.Refused, outbound.Unreachable) as error:
        raise WrongSettings(str(error)) from error
    content = json_of(answer)
    if answer.status != 200:
        raise WrongSettings(f"{answer.status} {content.get('message', '')}".strip())
    return [
        (_("Account"), str(content.get("friendly_name", ""))),
        (_("State"), str(content.get("status", ""))),
        (_("Type"), str(content.get("type", ""))),
    ]


def _base(settings: Mapping[str, Any]) -> str:
    return str(settings.get("base_url") or BASE).rstrip("/")


def _send(session: Session, message: Message, settings: Mapping[str, Any]) -> Outcome:
    payload = json.loads(message.payload)
    if len(payload["text"]) > LONGEST:
        return Outcome(Result.REFUSED, "21617", f"longer than {LONGEST} characters")
    form = {"To": message.recipient, "Body": payload["text"]}
    if payload.get("media"):
        form["MediaUrl"] = payload["media"]
    if service := settings.get("messaging_service_sid"):
        form["MessagingServiceSid"] = str(service)
    if message.sender:
        form["From"] = message.sender
    if address := callback(settings, message.reference):
        form["StatusCallback"] = address
    return call(
        session,
        "POST",
        f"{account_url(settings)}/Messages.json",
        body=urlencode(form).encode(),
        headers=authorisation(settings) | {"content-type": "application/x-www-form-urlencoded"},
        read=_read,
    )


def callback(settings: Mapping[str, Any], reference: str) -> str:
    """Where receipts go; empty when our address is none that a provider could call.

    The reference in it ties a receipt to its delivery also when the answer with the provider's id was lost.
    """
    address = str(settings.get("callback_url") or "")
    host = urlsplit(address).hostname or ""
    return f"{address}?{urlencode({'reference': reference})}" if "." in host and host != "127.0.0.1" else ""


def _read(answer: outbound.Answer) -> Outcome:
    content = json_of(answer)
    if answer.status in {200, 201} and content.get("sid"):
        code = str(content.get("error_code") or "")
        if content.get("status") in ACCEPTED or not code:
            return Outcome(
                Result.ACCEPTED, str(answer.status), str(content.get("status", "")), str(content["sid"])
            )
        return _refused(answer, code, str(content.get("error_message") or ""))
    return _refused(answer, str(content.get("code") or ""), str(content.get("message") or ""))


def _refused(answer: outbound.Answer, code: str, words: str) -> Outcome:
    meaning = MEANINGS.get(code)
    return meaning.outcome(code, words) if meaning else by_status(answer, f"{code} {words}".strip())
