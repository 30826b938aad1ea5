"""Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over "id.timestamp.body" with a shared secret.

The library `standardwebhooks` reads the system clock when it verifies and brings an HTTP client; this is all of it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    """A signing secret: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The key of a secret. Raises ValueError for one that is not base64."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("The secret kept here is not base64 behind whsec_") from error


def signature(secret: str, *, message_id: str, timestamp: str, body: bytes) -> bytes:
    """The HMAC of a message. Raises ValueError for a malformed secret."""
    return hmac.new(key_of(secret), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()


def headers(secret: str, *, message_id: str, at: dt.datetime, body: bytes) -> dict[str, str]:
    """The headers that a message is sent with."""
    timestamp = str(int(at.timestamp()))
    mac = signature(secret, message_id=message_id, timestamp=timestamp, body=body)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
