"""VAPID (RFC 8292): the installation's key pair, and the tokens by which it proves to push services who sends."""

from __future__ import annotations

import base64
import datetime as dt
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rapport.channels.push.models import VapidKey
from rapport.core import crypto

PURPOSE = "vapid key"
# Push services take tokens of at most 24 hours; renewed well before that.
GOOD_FOR = dt.timedelta(hours=12)
RENEWED_BEFORE = dt.timedelta(hours=1)


def public_key() -> str:
    """What browsers subscribe with: the uncompressed point in base64url. Made when it is first asked for."""
    return _row().public


def _row() -> VapidKey:
    row = VapidKey.objects.first()
    if row is None:
        key = ec.generate_private_key(ec.SECP256R1())
        text = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        VapidKey.objects.bulk_create(
            [VapidKey(pk=1, public=encoded(point(key.public_key())), sealed=crypto.seal(PURPOSE, text))],
            ignore_conflicts=True,
        )
        row = VapidKey.objects.get()
    return row


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """An uncompressed point (65 bytes)."""
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Signer:
    """Signs for push services, one token per service, renewed in time. `contact` is a mailto: or https: address.

    Reads the key when it is made, because it is used by threads that have no business with the database. Raises
    Unreadable.
    """

    def __init__(self, contact: str) -> None:
        row = _row()
        self._contact, self._public = contact, row.public
        self._key = crypto.open_sealed(PURPOSE, row.sealed)
        self._tokens: dict[str, tuple[dt.datetime, str]] = {}

    def authorization(self, endpoint: str, now: dt.datetime) -> str:
        """The Authorization header of a message to this endpoint."""
        split_url = urlsplit(endpoint)
        audience = f"{split_url.scheme}://{split_url.netloc}"
        expires, token = self._tokens.get(audience, (now, ""))
        if expires - RENEWED_BEFORE <= now:
            expires = now + GOOD_FOR
            claims = {"aud": audience, "exp": int(expires.timestamp()), "sub": self._contact}
            token = jwt.encode(claims, self._key, algorithm="ES256")
            if len(self._tokens) > 1000:
                self._tokens.clear()
            self._tokens[audience] = (expires, token)
        return f"vapid t={token}, k={self._public}"
