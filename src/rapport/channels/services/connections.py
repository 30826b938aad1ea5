"""The channels this process has open: one of each kind, shared by everything that sends."""

from __future__ import annotations

import threading

from rapport.channels.protocol import Channel
from rapport.channels.registry import channel_kind

_open: dict[str, Channel] = {}
_lock = threading.Lock()


def connected(key: str) -> Channel:
    """The process's open channel of this kind. Raises UnknownChannel when it is not configured."""
    with _lock:
        if key not in _open:
            _open[key] = channel_kind(key).open()
        return _open[key]
