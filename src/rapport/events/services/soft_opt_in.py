"""Orders as evidence of a soft opt-in: customers who could refuse when they bought."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rapport.events.services.envelope import decode_object
from rapport.governance.services import soft_opt_in
from rapport.governance.services.soft_opt_in import Purchase

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

EVENT, OFFERED = "Order Completed", "opt_out_offered"


def record(items: Sequence[Item]) -> set[uuid.UUID]:
    """Notes what follows from the orders among these events; returns whose consents changed."""
    purchases = []
    for item in items:
        if item.person_id and item.event.event == EVENT and OFFERED.encode() in bytes(item.event.properties):
            properties = decode_object(item.event.properties)
            if properties.get(OFFERED) is True and not item.public:
                order = str(properties.get("order_id") or item.event.message_id)[:100]
                purchases.append(
                    Purchase(item.person_id, item.event.at, order, item.event.message_id, item.source)
                )
    return soft_opt_in.record(purchases)
