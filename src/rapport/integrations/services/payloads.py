"""What a message says: an event as its endpoint's rights let it be seen, in version 1 of the payload."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from rapport.core.access import Actor
from rapport.events.queries import masking
from rapport.integrations.models import WebhookMessage
from rapport.people import queries as people
from rapport.people.models import Identifier

VERSION = 1
USER_ID = "user_id"


class Renderer:
    """Payloads of several messages for one actor: persons they may not see are left out, flagged properties masked."""

    def __init__(self, actor: Actor, messages: Sequence[WebhookMessage]) -> None:
        about = {message.person_id for message in messages if message.person_id}
        survivors = people.survivor_of(about) if about else {}
        visible = set(
            people.people(actor).filter(pk__in=set(survivors.values())).values_list("pk", flat=True)
        )
        self._persons = {person: now for person, now in survivors.items() if now in visible}
        self._user_ids = _user_ids(visible)
        self._hidden = masking.flags_for(actor)

    def data(self, message: WebhookMessage) -> dict[str, Any] | None:
        """The payload; None where the actor may not see whom it is about, or that person was erased."""
        person: dict[str, Any] | None = None
        if message.person_id is not None:
            now = self._persons.get(message.person_id)
            if now is None:
                return None
            person = {"id": str(now), "user_ids": self._user_ids.get(now, [])}
        properties = msgspec.json.decode(bytes(message.properties))
        shown = properties if isinstance(properties, dict) else {}
        return {
            "type": message.event,
            "timestamp": message.at.astimezone(dt.UTC).isoformat(),
            "version": VERSION,
            "data": {
                "id": message.message_id,
                "person": person,
                "source": message.source,
                "properties": masking.masked(message.event, shown, self._hidden),
            },
        }

    def body(self, message: WebhookMessage) -> bytes | None:
        data = self.data(message)
        return None if data is None else msgspec.json.encode(data)


def _user_ids(persons: set[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """{person: the ids that the business itself calls them by}."""
    ids: dict[uuid.UUID, list[str]] = {}
    rows = Identifier.objects.filter(person_id__in=persons, type=USER_ID).order_by("pk")
    for person, value in rows.values_list("person_id", "value"):
        ids.setdefault(person, []).append(value)
    return ids
