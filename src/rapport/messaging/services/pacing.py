"""Putting off what the gate let through, where the channel's own pace says so; asked in the claim's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from rapport.channels.registry import Wait, channel_kind
from rapport.messaging.services.gate import GateInput
from rapport.messaging.services.marketing_rules import Verdict

Judged = tuple[GateInput, Verdict]


def paced(judged: Sequence[Judged], channel: str, now: dt.datetime, *, marketing: bool) -> list[Judged]:
    """The same, with those that have to wait put off; what would expire until then is not sent."""
    pace = channel_kind(channel).pace
    going = [fact.address for fact, verdict in judged if verdict.allowed]
    if pace is None or not going:
        return list(judged)
    waits = iter(pace.grant(going, marketing=marketing, now=now))
    result: list[Judged] = []
    for fact, verdict in judged:
        wait = next(waits) if verdict.allowed else None
        result.append((fact, _put_off(wait, fact) if wait else verdict))
    return result


def _put_off(wait: Wait, fact: GateInput) -> Verdict:
    return Verdict(wait.reason, wait.until if wait.until < fact.expires_at else None, wait.because)
