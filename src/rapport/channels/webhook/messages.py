"""Messages to the business's own systems: JSON that is signed after Standard Webhooks 1.0."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from rapport.channels import http
from rapport.channels.protocol import Composer, Content, Message, Outcome, Result, Sender, Unfit
from rapport.core.services import outbound, standard_webhooks

MAX_BODY = 256_000
_HEADER = re.compile(
    r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}):[ \t]*([\x21-\x7e](?:[\x20-\x7e]{0,1998}[\x21-\x7e])?)?"
)
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent"})
# What no further try will mend: the receiver read the message and does not want it as it is.
_FINAL = frozenset({400, 413, 415, 422})
GONE = 410


def composer(sender: Sender, settings: Mapping[str, Any]) -> Composer:
    """Makes the request of a message, signed for this moment; its id is the same whenever it is offered."""
    fixed = headers_of(str(settings.get("headers") or ""))

    def compose(content: Content) -> Message:
        body = _body(content.fields.get("body", ""))
        own = headers_of(content.fields.get("headers", ""))
        headers = {**fixed, **own, "Content-Type": "application/json", "User-Agent": "Rapport"}
        headers |= standard_webhooks.headers(
            *secrets_of(settings), message_id=content.reference, at=content.at, body=body
        )
        request = {"headers": headers, "body": body.decode()}
        return Message("", content.address, json.dumps(request).encode(), content.reference)

    return compose


def secrets_of(settings: Mapping[str, Any]) -> list[str]:
    """The secrets that messages are signed with: while it is changed, the former one too."""
    former = str(settings.get("former_secret") or "") if settings.get("rotating") else ""
    return [secret for secret in (str(settings["secret"]), former) if secret]


def headers_of(lines: str) -> dict[str, str]:
    """Lines of `Name: value`. Raises Unfit."""
    headers = {}
    for line in lines.replace("\r\n", "\n").split("\n"):
        if not line.strip():
            continue
        match = _HEADER.fullmatch(line.strip())
        if match is None:
            raise Unfit(
                _("“%(line)s” is no header: it looks like Name: value, in ASCII.") % {"line": line[:80]}
            )
        name = match[1].lower()
        if name in _OURS or name.startswith("webhook-"):
            raise Unfit(_("The header %(name)s is set by the channel itself.") % {"name": match[1]})
        headers[match[1]] = match[2] or ""
    return headers


def _body(text: str) -> bytes:
    """The text, if it is JSON. Raises Unfit."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
        body = json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Unfit(_("The body is no JSON: %(why)s") % {"why": error}) from error
    if len(body) > MAX_BODY:
        raise Unfit(_("The body is larger than %(limit)d bytes.") % {"limit": MAX_BODY})
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def post(session: outbound.Session, message: Message, settings: Mapping[str, Any]) -> Outcome:
    """Hands over one message. Receivers know it by its id, so one whose answer was lost is offered again."""
    request = json.loads(message.payload)
    try:
        answer = session.request(
            "POST", settings["url"], body=request["body"].encode(), headers=request["headers"]
        )
    except outbound.Refused as error:
        return Outcome(Result.UNREACHABLE, "", str(error))
    except outbound.Unreachable as error:
        return Outcome(Result.RETRY if error.sent else Result.UNREACHABLE, "", f"no answer: {error}"[:300])
    return _outcome(answer)


def _outcome(answer: outbound.Answer) -> Outcome:
    code, words = str(answer.status), answer.text[:300].replace("\0", "")
    if 200 <= answer.status < 300:
        return Outcome(Result.ACCEPTED, code)
    if answer.status == GONE:
        words = _(
            "The receiver has ended this webhook (410). Put the account back into use when it takes messages again."
        )
        return Outcome(Result.UNREACHABLE, code, words, ends_account=True)
    if answer.status in _FINAL:
        return Outcome(Result.REFUSED, code, words)
    return Outcome(Result.RETRY, code, words, retry_after=http.retry_after(answer))
