"""Meta's Graph API as WhatsApp, Messenger and Instagram share it: signing in, errors, and proving who calls."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext_lazy as _

from rapport.channels.http import by_status, call, json_object, json_of, retry_after
from rapport.channels.incoming import Answer, Call, Malformed, NotTheirs
from rapport.channels.meanings import Meanings
from rapport.channels.protocol import Outcome, Result
from rapport.channels.registry import SettingField, WrongSettings
from rapport.core.services import outbound
from rapport.core.services.outbound import Session

BASE = "https://graph.facebook.com/v23.0"
LARGEST = 4_000_000

FIELDS = (
    SettingField(
        "access_token",
        _("Access token"),
        "secret",
        help=_("Of a system user, so that it does not expire; one from the developer's page lasts a day."),
    ),
    SettingField(
        "app_secret", _("App secret"), "secret", help=_("App settings → Basic. It proves that Meta calls us.")
    ),
    SettingField(
        "verify_token",
        _("Verify token"),
        "secret",
        help=_("Any words of yours; enter the same beside the address under Webhooks."),
    ),
    SettingField("rate", _("Messages a second"), "number", required=False, default=0),
    SettingField("base_url", _("Address of the API"), "url", required=False, default=BASE),
)


def base(settings: Mapping[str, Any]) -> str:
    return str(settings.get("base_url") or BASE).rstrip("/")


def headers(settings: Mapping[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {settings['access_token']}", "content-type": "application/json"}


def post(
    session: Session, settings: Mapping[str, Any], path: str, content: Mapping[str, Any], meanings: Meanings
) -> Outcome:
    """Posts one message; `meanings` are of error codes, `code/subcode` before `code`."""

    def read(answer: outbound.Answer) -> Outcome:
        return outcome(answer, meanings)

    body = json.dumps(content).encode()
    return call(session, "POST", f"{base(settings)}/{path}", body=body, headers=headers(settings), read=read)


def outcome(answer: outbound.Answer, meanings: Meanings) -> Outcome:
    """What an answer of the API says."""
    content = json_of(answer)
    error = content.get("error")
    if not isinstance(error, dict):
        message_id = _message_id(content)
        if answer.status == 200 and message_id:
            return Outcome(Result.ACCEPTED, "200", provider_id=message_id)
        return by_status(answer)
    code, subcode = str(error.get("code", "")), str(error.get("error_subcode", ""))
    words = detail_of(error)
    for name in (f"{code}/{subcode}", code):
        if name in meanings:
            return meanings[name].outcome(name, words, retry_after(answer))
    return by_status(answer, f"{code} {words}".strip())


def detail_of(error: Mapping[str, Any]) -> str:
    """The words of an error: the details where there are, which say more than the message."""
    data = error.get("error_data")
    details = data.get("details", "") if isinstance(data, dict) else ""
    return str(details or error.get("message") or error.get("title") or "")[:500]


def _message_id(content: Mapping[str, Any]) -> str:
    messages = content.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[0], dict):
        return str(messages[0].get("id", ""))
    return str(content.get("message_id", ""))


def get(session: Session, settings: Mapping[str, Any], path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """One object of the API. Raises WrongSettings with what it says is wrong."""
    try:
        url = f"{base(settings)}/{path}?{urlencode(query)}"
        answer = session.request("GET", url, headers=headers(settings))
    except (outbound.Refused, outbound.Unreachable) as error:
        raise WrongSettings(str(error)) from error
    content = json_of(answer)
    problem = content.get("error")
    if answer.status != 200 or isinstance(problem, dict):
        words = detail_of(problem) if isinstance(problem, dict) else ""
        raise WrongSettings(f"{answer.status} {words}".strip())
    return content


def fetch_media(settings: Mapping[str, Any], at: str, into: IO[bytes], limit: int) -> None:
    """A file that Meta keeps by its id, at an address that is good for minutes. Raises Refused, Unreachable."""
    session = Session()
    try:
        media = get(session, settings, quote(at, safe=""), {})
    except WrongSettings as error:
        raise outbound.Unreachable(str(error)) from error
    finally:
        session.close()
    token = {"authorization": headers(settings)["authorization"]}
    outbound.download(text_of(media, "url"), into, limit=limit, headers=token)


def fetch_public(settings: Mapping[str, Any], at: str, into: IO[bytes], limit: int) -> None:
    """A file of a direct message, whose address is signed for some days. Raises Refused, Unreachable."""
    outbound.download(at, into, limit=limit, redirects=2)


def verification(call: Call, settings: Mapping[str, Any]) -> Answer:
    """Answers the GET by which Meta asks whether the address is ours. Raises NotTheirs."""
    given = call.query.get("hub.verify_token", "")
    expected = str(settings.get("verify_token") or "")
    right = call.query.get("hub.mode") == "subscribe" and expected
    if not right or not hmac.compare_digest(given.encode(), expected.encode()):
        raise NotTheirs("the verify token is another")
    return Answer(body=call.query.get("hub.challenge", "")[:200])


def content_of(call: Call, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The object of a signed call. Raises NotTheirs, Malformed."""
    secret = str(settings.get("app_secret") or "")
    if call.method != "POST" or not secret:
        raise NotTheirs("only signed POSTs are read")
    given = call.headers.get("x-hub-signature-256", "")
    if not hmac.compare_digest(given.encode(), signature(call.body, secret).encode()):
        raise NotTheirs("the signature does not match the body")
    content = json_object(call.body) if len(call.body) <= LARGEST else {}
    if not isinstance(content.get("entry"), list):
        raise Malformed("there is no list of entries")
    return content


def proof(call: Call) -> str:
    """What names a signed call for good: Meta's own repetitions have it too, with the same states and messages."""
    return call.headers["x-hub-signature-256"]


def signature(body: bytes, secret: str) -> str:
    """X-Hub-Signature-256: HMAC-SHA256 over the body as it came."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def objects(value: object) -> Iterator[dict[str, Any]]:
    """The objects of a list, whatever else stands in it."""
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def text_of(value: object, *names: str) -> str:
    """A text within objects within objects; empty where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
