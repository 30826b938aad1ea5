"""Where a form stands on a page of ours, as it carries that along: signed, because counts and tests rest on it."""

from __future__ import annotations

import uuid

from rapport.core import crypto

SIGNED_AS = "form-place"


def written(version_id: uuid.UUID, unit: str = "") -> str:
    """The version of the landing page, and by what its test had drawn the visitor."""
    return crypto.sign(SIGNED_AS, version_id.bytes + unit.encode()[:254])


def read(token: str) -> tuple[uuid.UUID | None, str]:
    """The same; nothing for what is not ours."""
    try:
        message = crypto.unsign(SIGNED_AS, token)
        return uuid.UUID(bytes=message[:16]), message[16:].decode()
    except (crypto.BadSignature, UnicodeError, ValueError):
        return None, ""
