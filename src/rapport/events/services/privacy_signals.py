"""Which events came from a browser that asks for privacy (Global Privacy Control)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rapport.events.services.consent_words import state_of
from rapport.events.services.envelope import decode_object
from rapport.governance.services import privacy_signals
from rapport.governance.services.privacy_signals import Signal

if TYPE_CHECKING:
    from rapport.events.services.stream import Item


def record(items: Sequence[Item]) -> set[uuid.UUID]:
    """Objects for whom it was asked; returns whose consents changed. A consent granted in spite of it stands."""
    return privacy_signals.record(
        [
            Signal(
                item.person_id,
                item.home_id or item.person_id,
                item.event.at,
                item.event.message_id,
                item.source,
            )
            for item in items
            if item.person_id and _asks(item) and state_of(item.event) != "granted"
        ]
    )


def _asks(item: Item) -> bool:
    # Nearly no event does, so most contexts are not decoded for it.
    return b'"gpc"' in bytes(item.event.context) and decode_object(item.event.context).get("gpc") is True
