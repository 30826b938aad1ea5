"""The events of deliveries: what each says, and those of messages that were not sent."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from rapport.core.services.outbox import DomainEvent, emit_many
from rapport.messaging import queries
from rapport.messaging.models import Send
from rapport.messaging.registry import Description
from rapport.messaging.services.gate import GateInput


def properties(delivery_id: uuid.UUID, channel: str, description: Description) -> dict[str, object]:
    """What every event of a delivery says: which it is, over which channel, and what ordered it."""
    return {"delivery_id": str(delivery_id), "channel": channel, **description.properties}


def tell_skipped(refused: Sequence[tuple[GateInput, str]], now: dt.datetime) -> None:
    """`Message Skipped` for each delivery that the gate refused for good, with the reason.

    Nothing is told of persons who are gone, or whose data may only be stored.
    """
    entries = [
        (fact, fact.contact.id, reason)
        for fact, reason in refused
        if fact.contact is not None and not fact.contact.barred
    ]
    if not entries:
        return
    described = queries.descriptions(
        Send.objects.filter(pk__in={fact.send_id for fact, _pk, _why in entries})
    )
    emit_many(
        DomainEvent(
            "Message Skipped",
            person_id,
            {**properties(fact.delivery_id, fact.channel, described[fact.send_id]), "reason": reason},
            f"{fact.delivery_id}:skipped",
            now,
        )
        for fact, person_id, reason in entries
    )
