"""Events that are about one thing, such as an order, gathered where the last of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rapport.core.access import Actor
from rapport.events.registry import TIMELINE_RECORDS, TimelineRecord
from rapport.events.wording import Happening


def gathered(actor: Actor, events: Sequence[Happening], *, by_page: bool = False) -> list[Happening]:
    """The events, newest first, with each thing once: in the place of the last event about it.

    `by_page`: where not all events are shown, in that of the last that is.
    """
    records: dict[str, TimelineRecord] = {}
    for read in TIMELINE_RECORDS:
        records |= read(actor, events)
    shown: list[Happening] = []
    seen: set[str] = set()
    for event in events:
        record = records.get(event.message_id)
        if record is None:
            shown.append(event)
        elif record.key not in seen and (by_page or event.message_id == record.newest):
            seen.add(record.key)
            shown.append(replace(event, record=record, icon=record.icon))
    return shown
