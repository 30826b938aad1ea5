"""Tells higher apps of the events that they listen to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rapport.events.registry import EVENT_LISTENERS, Occurrence
from rapport.events.services.effects import stored_properties

if TYPE_CHECKING:
    from rapport.events.services.stream import Item


def tell(items: Sequence[Item]) -> None:
    """Lets each listener hear of the events it wants; last in the transaction of a micro-batch."""
    if not EVENT_LISTENERS:
        return
    names = {item.event.event for item in items}
    for listener in EVENT_LISTENERS:
        if wanted := set(listener.wanted(names)):
            listener.hear([_occurrence(item) for item in items if item.event.event in wanted])


def _occurrence(item: Item) -> Occurrence:
    event = item.event
    assert item.person_id is not None  # who nobody is known of is in quarantine
    return Occurrence(
        event.event, event.message_id, event.at, item.person_id, item.source, bytes(stored_properties(event)),
        event.type, item.key, item.home_id, item.public, bool(event.user_id) or event.person_id is not None,
    )  # fmt: skip
