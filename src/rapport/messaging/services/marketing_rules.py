"""What marketing meets beside consent: blocking facts, frequency caps, spacing by priority, quiet and legal hours.

Each rule is a pure function of what the gate read; it says whether a message may go now, has to wait until a moment,
or is dropped.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from rapport.messaging.models import AtLimit, FrequencyCap, Send, SendingPolicy
from rapport.messaging.services import legal_hours, quiet

ROUNDS = 14  # in which quiet and legal hours of following days are brought together


@dataclass(frozen=True, slots=True)
class Received:
    """A marketing message that a person got, or is getting."""

    channel: str
    purpose: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Block:
    """A fact that holds about the person: its words, and what follows."""

    words: str
    at_limit: str
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Another message of higher priority that is due for the same person."""

    send_id: int
    priority: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of sending, and the time zone of those whose own is not known."""

    limits: SendingPolicy
    zone: str
    caps: Sequence[FrequencyCap] = ()
    has_blocks: bool = False

    @property
    def looks_back(self) -> dt.timedelta:
        """How far back messages of a person count."""
        hours = max([cap.hours for cap in self.caps] + [self.limits.spacing_hours])
        return dt.timedelta(hours=hours)

    @property
    def counts(self) -> bool:
        """Whether messages of a person count at all, so that senders must not decide about one at the same time."""
        return bool(self.caps) or self.limits.spacing_hours > 0


@dataclass(frozen=True, slots=True)
class Marketing:
    """What was read about the person of a marketing message."""

    received: tuple[Received, ...] = ()
    own_limit: tuple[int, int] | None = None
    blocks: tuple[Block, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    priority: int = 50
    yields: str = Send.Yields.WAIT


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is empty when the message may go; with `not_before` it only has to wait. `because` says it in detail."""

    reason: str = ""
    not_before: dt.datetime | None = None
    because: dict[str, object] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return not self.reason


def blocked(read: Marketing) -> Verdict:
    """A fact that holds about the person stops it."""
    for block in read.blocks:
        moment = block.until if block.at_limit == AtLimit.WAIT else None
        return Verdict("blocked", moment, {"fact": block.words})
    return Verdict()


def capped(read: Marketing, channel: str, purpose: str, policy: Policy, now: dt.datetime) -> Verdict:
    """Whoever has had as many as a cap allows, or as they want themselves, gets no more within its time."""
    if read.own_limit:
        messages, days = read.own_limit
        if _over(read.received, messages, dt.timedelta(days=days), now):
            return Verdict("own_limit", None, {"messages": messages, "days": days})
    for cap in policy.caps:
        counted = [
            entry
            for entry in read.received
            if cap.channel in {"", entry.channel}
            and (cap.purpose is None or cap.purpose.key == entry.purpose)
        ]
        applies = cap.channel in {"", channel} and (cap.purpose is None or cap.purpose.key == purpose)
        span = dt.timedelta(hours=cap.hours)
        if applies and (free_at := _over(counted, cap.messages, span, now)):
            moment = free_at if cap.at_limit == AtLimit.WAIT else None
            return Verdict("capped", moment, {"messages": cap.messages, "hours": cap.hours})
    return Verdict()


def _over(
    received: Sequence[Received], messages: int, span: dt.timedelta, now: dt.datetime
) -> dt.datetime | None:
    """When the next one may go, if as many as allowed came within the time that ends now."""
    recent = sorted(entry.at for entry in received if entry.at > now - span)
    if len(recent) < messages:
        return None
    return recent[len(recent) - messages] + span if messages else now + span


def spaced(read: Marketing, policy: Policy, now: dt.datetime) -> Verdict:
    """Within the spacing a person gets one message: the one of the highest priority, the others wait or are dropped."""
    span = dt.timedelta(hours=policy.limits.spacing_hours)
    if not span:
        return Verdict()
    waits = read.yields == Send.Yields.WAIT
    if last := max((entry.at for entry in read.received if entry.at > now - span), default=None):
        return Verdict("spacing", last + span if waits else None, {"last": last.isoformat()})
    higher = [entry for entry in read.wanted if entry.priority > read.priority and entry.at <= now + span]
    if higher:
        first = max(higher, key=lambda entry: entry.priority)
        moment = max(now, first.at) + span if waits else None
        return Verdict("outranked", moment, {"send": first.send_id, "priority": first.priority})
    return Verdict()


def hours(
    now: dt.datetime, zone: ZoneInfo, policy: SendingPolicy, law: legal_hours.Hours | None
) -> dt.datetime | None:
    """None when neither quiet hours nor the law object now, else the first moment at which neither does."""
    moment = now
    for _ in range(ROUNDS):
        later = _quiet(moment, zone, policy) or (law and legal_hours.allowed_from(moment, zone, law))
        if not later:
            return None if moment == now else moment
        moment = later
    return moment


def _quiet(now: dt.datetime, zone: ZoneInfo, policy: SendingPolicy) -> dt.datetime | None:
    if policy.quiet_from is None or policy.quiet_until is None:
        return None
    return quiet.allowed_from(now, zone, policy.quiet_from, policy.quiet_until)


Persons = dict[uuid.UUID, uuid.UUID]
"""{every id the persons have or had: who that is now}."""
