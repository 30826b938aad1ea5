"""The door by which channels enter: a key, a name for people, and how to open one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rapport.channels.protocol import Channel
from rapport.core.registration import Registry


class UnknownChannel(LookupError):
    """There is no channel of this name, or it is not configured; the message says which."""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """`identifier` is the type of identifier that is this channel's address (`email`, `phone`)."""

    key: str
    label: str
    identifier: str
    open: Callable[[], Channel]


CHANNELS: Registry[ChannelKind] = Registry("channel", key="key")


def channel_kind(key: str) -> ChannelKind:
    """Raises UnknownChannel."""
    try:
        return CHANNELS[key]
    except KeyError as error:
        raise UnknownChannel(f"there is no channel {key!r}") from error
