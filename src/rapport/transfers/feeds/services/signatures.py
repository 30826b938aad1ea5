"""Whether a delivery comes from who shares the secret. All comparisons take the same time, right or wrong."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping

from rapport.core import crypto
from rapport.core.services import standard_webhooks
from rapport.transfers.models import Webhook

SEALED = "webhook-source"


class BadSignature(ValueError):
    """The delivery does not prove itself; the message says what is missing, never what would be right."""


def verify(webhook: Webhook, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> None:
    """Raises BadSignature. `headers` have names in lower case."""
    match webhook.signing:
        case Webhook.Signing.HMAC:
            _hmac(webhook, body, headers)
        case Webhook.Signing.STANDARD:
            _standard(webhook, body, headers, now)
        case Webhook.Signing.STRIPE:
            _stripe(webhook, body, headers, now)


def secret_of(webhook: Webhook) -> str:
    """What senders sign with; empty where they do not. Raises crypto.Unreadable."""
    return crypto.open_sealed(SEALED, webhook.secret) if webhook.secret else ""


def _mac(secret: bytes, message: bytes) -> bytes:
    return hmac.new(secret, message, hashlib.sha256).digest()


def _hmac(webhook: Webhook, body: bytes, headers: Mapping[str, str]) -> None:
    """The body's HMAC-SHA256 in one header, as hex or base64, behind a prefix such as `sha256=`."""
    given = _needed(headers, webhook.header).strip()
    if not given.startswith(webhook.prefix):
        raise BadSignature(f"The header {webhook.header} does not begin with {webhook.prefix}")
    _compare(given[len(webhook.prefix) :], _mac(secret_of(webhook).encode(), body))


def _standard(webhook: Webhook, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> None:
    """standardwebhooks.com: `id.timestamp.body` signed with the base64 secret behind `whsec_`; several may stand."""
    tolerance = dt.timedelta(seconds=webhook.tolerance_seconds)
    try:
        standard_webhooks.verify(secret_of(webhook), body=body, headers=headers, now=now, tolerance=tolerance)
    except ValueError as error:
        raise BadSignature(str(error)) from error


def _stripe(webhook: Webhook, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> None:
    """`t=…,v1=…`: the hex HMAC-SHA256 of `timestamp.body`."""
    pairs = [part.strip().partition("=") for part in _needed(headers, "stripe-signature").split(",")]
    stamp = next((value for name, _sign, value in pairs if name == "t"), "")
    _fresh(stamp, webhook.tolerance_seconds, now)
    expected = _mac(secret_of(webhook).encode(), f"{stamp}.".encode() + body)
    _any([value for name, _sign, value in pairs if name == "v1"], expected)


def _needed(headers: Mapping[str, str], name: str) -> str:
    header = headers.get(name.lower(), "")
    if not header:
        raise BadSignature(f"The header {name} is missing")
    return header


def _fresh(stamp: str, tolerance: int, now: dt.datetime) -> None:
    try:
        signed = dt.datetime.fromtimestamp(int(stamp), dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadSignature("The timestamp is no number of seconds") from error
    if abs((now - signed).total_seconds()) > tolerance:
        raise BadSignature("The timestamp is too far from our clock: an old delivery, or a wrong clock")


def _compare(given: str, expected: bytes) -> None:
    _any([given], expected)


def _any(given: list[str], expected: bytes) -> None:
    """One of the given signatures, in hex or base64, must be the expected one."""
    shapes = (expected.hex(), base64.b64encode(expected).decode())
    right = [
        hmac.compare_digest((signature.lower() if number == 0 else signature).encode(), shape.encode())
        for signature in given[:10]
        for number, shape in enumerate(shapes)
    ]
    if not any(right):
        raise BadSignature("The signature does not match")
