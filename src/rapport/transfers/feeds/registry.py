"""Readers of webhooks whose payloads a higher app understands itself, instead of a mapping."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rapport.core.registration import Registry
from rapport.events.services.envelope import Event


@dataclass(slots=True)
class Read:
    """What a payload says: events, the identifiers in it (an erasure finds it by them), and what is wrong with it.

    `met` is whether it was about anything; with `troubles` nothing is taken, and it can be taken again.
    """

    events: list[Event] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)
    met: bool = True


@dataclass(frozen=True, slots=True)
class PayloadReader:
    """`read(source_id, payload, headers, now)` is called in the transaction that stores the events; it asks nobody."""

    name: str
    read: Callable[[int, Any, dict[str, str], dt.datetime], Read]


PAYLOAD_READERS: Registry[PayloadReader] = Registry("reader of payloads")
