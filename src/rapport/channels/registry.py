"""The door by which channels enter: a key, a name for people, and how to open one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rapport.channels.protocol import Channel


class UnknownChannel(LookupError):
    """There is no channel of this name, or it is not configured; the message says which."""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """`identifier` is the type of identifier that is this channel's address (`email`, `phone`)."""

    key: str
    label: str
    identifier: str
    open: Callable[[], Channel]


_kinds: dict[str, ChannelKind] = {}


def register_channel(kind: ChannelKind) -> None:
    _kinds[kind.key] = kind


def channels() -> list[ChannelKind]:
    return list(_kinds.values())


def channel_kind(key: str) -> ChannelKind:
    """Raises UnknownChannel."""
    try:
        return _kinds[key]
    except KeyError as error:
        raise UnknownChannel(f"there is no channel {key!r}") from error
