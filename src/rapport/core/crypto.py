"""Signatures, keyed hashes, and encryption of secrets. A token made for one purpose is refused by another."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class BadSignature(ValueError):
    """The token was not made by this installation for this purpose, or was changed on its way."""


@functools.lru_cache(maxsize=64)
def _key(purpose: str, secret: str) -> bytes:
    return hashlib.sha256(f"{purpose}:{secret}".encode()).digest()


def _mac(purpose: str, message: bytes) -> bytes:
    return hmac.digest(_key(purpose, settings.SIGNING_KEY), message, "sha256")[:16]


def sign(purpose: str, message: bytes) -> str:
    """A URL-safe token that carries `message` and proves it (HMAC-SHA256, cut to 128 bits)."""
    return base64.urlsafe_b64encode(message + _mac(purpose, message)).decode().rstrip("=")


def unsign(purpose: str, token: str) -> bytes:
    """The message of a token made by `sign` with the same purpose; raises BadSignature."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise BadSignature("not a token") from error
    message, mac = raw[:-16], raw[-16:]
    if len(raw) <= 16 or not hmac.compare_digest(mac, _mac(purpose, message)):
        raise BadSignature("signature does not match")
    return message


def address_hash(channel: str, address: str) -> str:
    """The keyed hash under which a normalised address is suppressed (HMAC-SHA256, hex)."""
    message = f"{channel}:{address}".encode()
    return hmac.digest(settings.SUPPRESSION_KEY.encode(), message, "sha256").hex()


def address_key_id() -> str:
    """Names the key of `address_hash` without telling it: hashes made with another key can match nothing."""
    return hashlib.sha256(f"suppression-key:{settings.SUPPRESSION_KEY}".encode()).hexdigest()[:12]


def token(prefix: str, size: int = 32) -> str:
    """A new random secret such as `rk_…`."""
    return f"{prefix}_{secrets.token_urlsafe(size)}"


def digest(secret: str) -> str:
    """What is stored of a random secret of full entropy (SHA-256, hex)."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Unreadable(ValueError):
    """What was sealed cannot be opened: it is of another installation's key or purpose, or was changed."""


def seal(purpose: str, text: str) -> str:
    """`text` encrypted for keeping in the database, so that a copy of the database alone tells no secrets (Fernet)."""
    return _fernet(purpose).encrypt(text.encode()).decode()


def open_sealed(purpose: str, sealed: str) -> str:
    """What was given to `seal` with the same purpose. Raises Unreadable."""
    try:
        return _fernet(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(
            "a stored secret cannot be read with this installation's encryption_key; enter it again"
        ) from error


def _fernet(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(purpose, settings.ENCRYPTION_KEY)))
