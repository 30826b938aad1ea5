"""Signed addresses in messages. Each kind has its own purpose, so none can be used as another.

Those of a delivery carry the mark of the instance that sent it, so that older data know mail they cannot have sent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import quote

from django.conf import settings

from rapport.core import crypto
from rapport.core.crypto import BadSignature
from rapport.core.services import incarnations

STAMP = len(incarnations.stamp())
TRAP = 0xFFFF  # the position of the hidden link
OPEN, CLICK, UNSUBSCRIBE, PREFERENCES = "email-open", "email-click", "email-unsubscribe", "preferences"


class Ended(LookupError):
    """A link to the preferences that is too old; `person_id` is whose it was."""

    def __init__(self, person_id: uuid.UUID) -> None:
        super().__init__("the link has ended")
        self.person_id = person_id


def open_url(delivery_id: uuid.UUID) -> str:
    return f"{settings.PUBLIC_URL}/e/o/{_sign(OPEN, delivery_id.bytes)}.gif"


def click_url(delivery_id: uuid.UUID, position: int) -> str:
    token = _sign(CLICK, delivery_id.bytes + position.to_bytes(2, "big"))
    return f"{settings.PUBLIC_URL}/e/c/{token}"


def trap_url(delivery_id: uuid.UUID) -> str:
    """The address of the link that people cannot see; it looks like every other."""
    return click_url(delivery_id, TRAP)


def unsubscribe_url(delivery_id: uuid.UUID) -> str:
    return f"{settings.PUBLIC_URL}/e/u/{_sign(UNSUBSCRIBE, delivery_id.bytes)}"


def unsubscribe_mail(address: str, leave: str) -> str:
    """The mail that does what the link `leave` does, if there is an address: its subject holds the same token."""
    return (
        ""
        if not address
        else f"mailto:{quote(address, safe='@')}?subject=unsubscribe%20{leave.rpartition('/')[2]}"
    )


def preferences_url(person_id: uuid.UUID, at: dt.datetime) -> str:
    """The page where they choose; the link is good for so many days from `at`, whoever has it then."""
    message = person_id.bytes + _day(at).to_bytes(2, "big")
    return f"{settings.PUBLIC_URL}/preferences/{crypto.sign(PREFERENCES, message)}"


def read_preferences(token: str, now: dt.datetime) -> uuid.UUID:
    """Whose preferences a link is about. Raises BadSignature, and Ended for one that was good once."""
    message = _read(PREFERENCES, token, 18)
    person_id, day = uuid.UUID(bytes=message[:16]), int.from_bytes(message[16:], "big")
    if settings.PREFERENCES_DAYS and _day(now) - day > settings.PREFERENCES_DAYS:
        raise Ended(person_id)
    return person_id


def _day(at: dt.datetime) -> int:
    """Days since 1970, which two bytes hold for 179 years."""
    return int(at.timestamp()) // 86_400


def _sign(purpose: str, message: bytes) -> str:
    return crypto.sign(purpose, message + incarnations.stamp())


def read_id(purpose: str, token: str) -> uuid.UUID:
    """The id a token carries; raises BadSignature for anything not made by us for this purpose."""
    return uuid.UUID(bytes=_read(purpose, token, 16))


def read_click(token: str) -> tuple[uuid.UUID, int]:
    """(delivery id, link position); raises BadSignature."""
    message = _read(CLICK, token, 18)
    return uuid.UUID(bytes=message[:16]), int.from_bytes(message[16:], "big")


def _read(purpose: str, token: str, size: int) -> bytes:
    if not token.isascii() or len(token) > 200:
        raise BadSignature("not a token")
    message = crypto.unsign(purpose, token)
    if purpose != PREFERENCES:
        message, stamp = message[:-STAMP], message[-STAMP:]
        incarnations.met(stamp)
    if len(message) != size:
        raise BadSignature("a token of another kind")
    return message
