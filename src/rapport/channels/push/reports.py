"""What devices report of a message: shown, clicked, dismissed; proven by the token that came with the message."""

from __future__ import annotations

import uuid

from django.conf import settings

from rapport.core import crypto
from rapport.core.crypto import BadSignature
from rapport.core.services import incarnations

PURPOSE = "message report"
STAMP = len(incarnations.stamp())


def report_url() -> str:
    return f"{settings.PUBLIC_URL}/client/v1/reports"


def signed(reference: str) -> str:
    """The token of a message; like every address in a message it says which instance sent it."""
    return crypto.sign(PURPOSE, uuid.UUID(reference).bytes + incarnations.stamp())


def reference_of(token: str) -> str:
    """The message of a token. Raises BadSignature."""
    if not token.isascii() or len(token) > 200:
        raise BadSignature("not a token")
    message = crypto.unsign(PURPOSE, token)
    if len(message) != 16 + STAMP:
        raise BadSignature("a token of another kind")
    incarnations.met(message[16:])
    return str(uuid.UUID(bytes=message[:16]))
