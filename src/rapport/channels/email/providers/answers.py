"""What a provider's answer to a message means."""

from __future__ import annotations

import re

import requests
from anymail.exceptions import (
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from django.utils.translation import gettext as _

from rapport.channels.email.providers.sessions import NotSent
from rapport.channels.protocol import Outcome, Result

_RECIPIENT = re.compile(
    r"personalizations\.\d+\.to|'to' parameter is not a valid|not valid in to\b|illegal address"
    r"|local address contains|domain (?:contains|starts|ends) ",
    re.IGNORECASE,
)
_SENDER = re.compile(
    r"not verified|notverified|the sender you used|sender identity|from\.email|'from' parameter|sender signature"
    r"|suspended|disabled|paused|not allowed to send",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(
    r"unrecognizedclient|invalidsignature|signaturedoesnotmatch|accessdenied|invalidclienttoken|access forbidden",
    re.IGNORECASE,
)
_CREDITS = re.compile(r"not_enough_credits|out of credits|maximum credits|insufficient", re.IGNORECASE)
UNKNOWN_TO_SENDER = frozenset({502, 504, 408})
"""A gateway speaks for a server that may have taken the message."""
# What Postmark says in the body of a 422: https://postmarkapp.com/developer/api/overview#error-codes
_POSTMARK = {
    400: Result.POLICY,
    401: Result.POLICY,
    405: Result.UNREACHABLE,
    412: Result.POLICY,
    413: Result.POLICY,
}


def of_failure(error: AnymailError) -> Outcome:
    """The outcome of an exception of anymail's."""
    if isinstance(error, AnymailRecipientsRefused):
        return _of_recipient(error)
    if isinstance(error, AnymailInvalidAddress):
        return Outcome(Result.BAD_ADDRESS, "", str(error)[:300])
    if isinstance(error, (AnymailUnsupportedFeature, AnymailSerializationError)):
        return Outcome(Result.REFUSED, "", str(error)[:300])
    if isinstance(error.response, requests.Response):
        return of_response(error.response)
    if isinstance(error.__cause__, requests.RequestException):
        return of_silence(error.__cause__)
    return Outcome(Result.UNCERTAIN, "", str(error)[:300])


def of_silence(error: requests.RequestException) -> Outcome:
    """There was no answer, or none that could be read."""
    words = f"{type(error).__name__}: {error}"[:300]
    return Outcome(Result.UNREACHABLE if isinstance(error, NotSent) else Result.UNCERTAIN, "", words)


def of_response(response: requests.Response) -> Outcome:
    """The outcome of an answer that is no success, or a success that cannot be read."""
    status = response.status_code
    words = f"{response.headers.get('x-amzn-errortype', '')} {response.text[:2000]}".strip()
    after = response.headers.get("retry-after", "")
    return Outcome(
        _result(response, words),
        str(status),
        words[:300],
        retry_after=float(after) if after.isdecimal() and len(after) < 7 else None,
    )


def _result(response: requests.Response, words: str) -> Result:
    status = response.status_code
    if status in UNKNOWN_TO_SENDER or status < 300:
        return Result.UNCERTAIN
    if status in {429, 500, 503} or "throttl" in words.lower() or "toomanyrequests" in words.lower():
        return Result.RETRY
    if status in {401, 402, 404, 405, 407} or status < 400 or _CREDITS.search(words):
        return Result.UNREACHABLE
    if status == 403:
        return Result.UNREACHABLE if _SIGN_IN.search(words) else Result.POLICY
    if (code := _postmark_code(response)) is not None:
        return _POSTMARK.get(code, Result.REFUSED)
    if _RECIPIENT.search(words):
        return Result.BAD_ADDRESS
    return Result.POLICY if _SENDER.search(words) else Result.REFUSED


def _postmark_code(response: requests.Response) -> int | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body.get("ErrorCode") if isinstance(body, dict) else None


def _of_recipient(error: AnymailRecipientsRefused) -> Outcome:
    """The provider took the request and refused the only recipient."""
    invalid = error.email_message.anymail_status.status == {"invalid"}
    words = error.response.text[:300] if isinstance(error.response, requests.Response) else str(error)[:300]
    if invalid:
        return Outcome(Result.BAD_ADDRESS, "", words)
    return Outcome(
        Result.REFUSED, "", _("The provider keeps this address on its own list: %(words)s") % {"words": words}
    )
