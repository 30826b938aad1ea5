"""Sending in tests over a channel that they opened themselves."""

from __future__ import annotations

import datetime as dt

from rapport.channels.protocol import Channel
from rapport.channels.registry import adapters_of
from rapport.channels.services.connections import Connected
from rapport.core.clock import SYSTEM, Clock, VirtualClock
from rapport.messaging.services import judging, ledger, sender


def run_once(clock: Clock = SYSTEM, limit: int = 200, channel: Channel | None = None) -> int:
    """What the worker's loops do once: over `channel`, or over whatever is configured."""
    if channel is None:
        return sender.send_transactional(clock, limit) + sender.send_marketing(clock, limit)
    connection, done = connection_of(channel), ledger.recover(clock.now())
    return done + sum(
        sender.send_over(connection, clock, limit, marketing=marketing) for marketing in (False, True)
    )


def connection_of(channel: Channel) -> Connected:
    """The channel as if an account had opened it."""
    return Connected(channel, adapters_of(channel.key)[0], {}, None, 0)


def judge_all(clock: Clock = SYSTEM) -> VirtualClock:
    """Judges whatever waits to be judged; the time by which nothing waits any more."""
    later = VirtualClock(clock.now() + dt.timedelta(minutes=5))
    while judging.run_once(later):
        pass
    return later
