"""Idempotency keys: writes that may be sent twice and happen once.

The answer is stored in the transaction of the write itself, so either both exist or neither.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from rapport.core import crypto
from rapport.core.models import IdempotentRequest

KEEP = dt.timedelta(hours=24)
SEALED = "idempotent-answer"
JSON, PROBLEM = "application/json; charset=utf-8", "application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `replayed` when it is a stored one. One that `is_settled` is kept although it is a no."""

    status: int
    body: bytes
    content_type: str = JSON
    replayed: bool = False
    is_settled: bool = False


class Busy(Exception):
    """The same key is at work in another request."""


class Different(Exception):
    """The key was used for another request."""


def fingerprint(path: str, body: bytes) -> str:
    """What makes two requests the same (SHA-256, hex)."""
    return hashlib.sha256(path.encode() + b"\n" + body).hexdigest()


def once(*, actor: str, key: str, fingerprint: str, run: Callable[[], Answer]) -> Answer:
    """Runs the write, or returns its stored answer.

    Only success is stored, and what was refused by a decision that left its mark (`is_settled`); a write that failed
    left nothing behind and may be tried again.
    Raises Busy, Different.
    """
    with transaction.atomic():
        if not _lock(f"{actor}\n{key}"):
            raise Busy("A request with this Idempotency-Key is still at work.")
        stored = IdempotentRequest.objects.filter(actor=actor, key=key).first()
        if stored is not None:
            if stored.fingerprint != fingerprint:
                raise Different("This Idempotency-Key was used for another request.")
            status = stored.status or 200
            content_type = PROBLEM if status >= 400 else JSON
            return Answer(status, _opened(bytes(stored.body or b"")), content_type, replayed=True)
        answer = run()
        if 200 <= answer.status < 300 or answer.is_settled:
            # Some answers tell a new secret, which is nowhere else in the database as it is.
            sealed = crypto.seal(SEALED, answer.body.decode("latin-1")).encode()
            IdempotentRequest.objects.create(
                actor=actor, key=key, fingerprint=fingerprint, status=answer.status, body=sealed
            )
        else:
            transaction.set_rollback(True)
        return answer


def _opened(sealed: bytes) -> bytes:
    try:
        return crypto.open_sealed(SEALED, sealed.decode()).encode("latin-1")
    except crypto.Unreadable as error:
        raise Different(
            "The answer to this Idempotency-Key was kept under another encryption key."
        ) from error


def _lock(name: str) -> bool:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def forget_old(now: dt.datetime) -> int:
    """Removes answers that are a day old; returns how many."""
    return int(IdempotentRequest.objects.filter(created_at__lt=now - KEEP).delete()[0])
