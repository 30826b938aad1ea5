"""Tells spam from answers without asking anybody else: a field nobody sees, the time it took, how many, and work done.

What is judged spam is kept apart; who sent it learns nothing of that.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import secrets
import struct

from rapport.core import crypto
from rapport.core.services import rates

SIGNED_AS = "web-form"
HONEYPOT = "rapport_url"
QUICKEST = dt.timedelta(seconds=2)
GOOD_FOR = dt.timedelta(days=7)
SPAN = 600
# So many of one network within the span are ordinary; above it work is asked for, and at the last nothing is taken.
FREE, MOST = 5, 60
WORK_BITS = 16


def token(now: dt.datetime) -> str:
    """What a page carries: when it was made, signed, and never the same twice."""
    return crypto.sign(SIGNED_AS, struct.pack(">q", int(now.timestamp() * 1000)) + secrets.token_bytes(6))


def made_at(value: str) -> dt.datetime | None:
    """When a token was made; None where it is none of ours."""
    try:
        message = crypto.unsign(SIGNED_AS, value)
        return dt.datetime.fromtimestamp(struct.unpack(">q", message[:8])[0] / 1000, dt.UTC)
    except (crypto.BadSignature, struct.error, UnicodeEncodeError):
        return None


def reasons(*, token_sent: str, honeypot: str, now: dt.datetime) -> list[str]:
    """Why an answer is taken for spam: `honeypot`, `forged`, `quick`."""
    judged = ["honeypot"] if honeypot else []
    if token_sent:
        issued = made_at(token_sent)
        if issued is None:
            judged.append("forged")
        elif now - issued < QUICKEST:
            judged.append("quick")
    return judged


def is_fresh(token_sent: str, now: dt.datetime) -> bool:
    """Whether a token is ours and of late; what plain HTML on other pages sends has none."""
    issued = made_at(token_sent) if token_sent else None
    return issued is not None and now - issued <= GOOD_FOR


def network(address: str) -> str:
    """The network of an address: neighbours share a count, and nobody is counted alone."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 64}", strict=False))


def pressure(form_key: str, address: str, now: dt.datetime) -> str:
    """Counts one more of this network: ``, `work` (it must be paid for) or `stop`. Call it outside a transaction."""
    name = f"{form_key}:{network(address)}"
    if rates.exceeded("web-form", name, limit=FREE, seconds=SPAN, now=now):
        return "stop" if rates.is_exceeded("web-form", name, limit=MOST, seconds=SPAN, now=now) else "work"
    return ""


def is_work(token_sent: str, nonce: str) -> bool:
    """Whether a nonce makes the token's SHA-256 begin with enough zero bits."""
    if not token_sent or not nonce or len(nonce) > 20:
        return False
    digest = hashlib.sha256(f"{token_sent}:{nonce}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - WORK_BITS) == 0


def has_paid(token_sent: str, nonce: str, now: dt.datetime) -> bool:
    """Whether work was done for a fresh token that has not paid for an answer yet. Call it outside a transaction."""
    if not is_work(token_sent, nonce) or not is_fresh(token_sent, now):
        return False
    seconds = int(GOOD_FOR.total_seconds())
    return not rates.exceeded("web-form-work", token_sent[:200], limit=1, seconds=seconds, now=now)
