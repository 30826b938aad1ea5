"""Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over "id.timestamp.body" with a shared secret.

The library `standardwebhooks` reads the system clock when it verifies and brings an HTTP client; this is all of it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from secrets import token_bytes

PREFIX = "whsec_"


def new_secret() -> str:
    """A signing secret: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The key of a secret. Raises ValueError for one that is not base64."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("The secret kept here is not base64 behind whsec_") from error


def signature(secret: str, *, message_id: str, timestamp: str, body: bytes) -> bytes:
    """The HMAC of a message. Raises ValueError for a malformed secret."""
    return hmac.new(key_of(secret), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()


def headers(*secrets: str, message_id: str, at: dt.datetime, body: bytes) -> dict[str, str]:
    """The headers that a message is sent with; one signature for each secret, the newest first."""
    timestamp = str(int(at.timestamp()))
    macs = [signature(secret, message_id=message_id, timestamp=timestamp, body=body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs),
    }


class BadSignature(ValueError):
    """The message does not prove itself; the text says what is missing, never what would be right."""


def verify(
    *secrets: str, body: bytes, headers: Mapping[str, str], now: dt.datetime, tolerance: dt.timedelta
) -> None:
    """Raises BadSignature unless one of the secrets signed the message lately. `headers` have names in lower case."""
    missing = [
        name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if not headers.get(name)
    ]
    if missing:
        raise BadSignature(f"The header {missing[0]} is missing")
    timestamp = headers["webhook-timestamp"]
    try:
        age = now - dt.datetime.fromtimestamp(int(timestamp), dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadSignature("The timestamp is no number of seconds") from error
    if abs(age) > tolerance:
        raise BadSignature("The timestamp is too far from our clock: an old delivery, or a wrong clock")
    given = [
        part[3:].encode() for part in headers["webhook-signature"].split()[:10] if part.startswith("v1,")
    ]
    expected = [
        base64.b64encode(signature(secret, message_id=headers["webhook-id"], timestamp=timestamp, body=body))
        for secret in secrets
    ]
    compared = [hmac.compare_digest(mac, right) for mac in given for right in expected]
    if not any(compared):
        raise BadSignature("The signature does not match")
