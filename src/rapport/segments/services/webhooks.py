"""The form of a message to a receiver: its body and its signature (Standard Webhooks 1.0)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from rapport.core.services import standard_webhooks
from rapport.people.models import Identifier, Person
from rapport.segments.models import Membership, Segment, SyncMessage

JSON = {"content-type": "application/json", "user-agent": "Rapport"}


def headers(secret: str, *, message_id: str, at: dt.datetime, body: bytes) -> dict[str, str]:
    """The headers of a message: its type and its signature."""
    return JSON | standard_webhooks.headers(secret, message_id=message_id, at=at, body=body)


def body(message: SyncMessage, *, traits: Sequence[str]) -> bytes:
    """What the message says, with the persons as they are now; who was erased or merged is only named as left."""
    segment = message.sync.segment
    data: dict[str, Any] = {
        "segment": {"id": str(segment.pk), "key": segment.key, "name": segment.name},
        "part": message.part,
        "total_parts": message.total_parts,
    }
    members = describe(segment, message.entered, traits)
    if message.kind == "snapshot":
        data["members"] = members
    else:
        data["entered"] = members
        data["left"] = [{"person_id": str(person)} for person in message.left]
    kind = "segment.snapshot" if message.kind == "snapshot" else "segment.members_changed"
    return msgspec.json.encode({"type": kind, "timestamp": message.created_at.isoformat(), "data": data})


def describe(
    segment: Segment, person_ids: Sequence[uuid.UUID], traits: Sequence[str]
) -> list[dict[str, Any]]:
    """The persons with name, e-mail, identifiers and the traits that were chosen."""
    ids = list(person_ids)
    since = dict(
        Membership.objects.filter(segment=segment, person_id__in=ids).values_list("person_id", "entered_at")
    )
    identifiers: dict[uuid.UUID, list[dict[str, str]]] = {}
    rows = Identifier.objects.filter(person_id__in=ids).order_by("type", "pk")
    for person, kind, value in rows.values_list("person_id", "type", "value"):
        identifiers.setdefault(person, []).append({"type": kind, "value": value})
    persons = Person.objects.filter(pk__in=ids, merged_into=None, erased_at=None).order_by("pk")
    return [
        {
            "person_id": str(person.pk),
            "name": person.name,
            "email": person.email,
            "identifiers": identifiers.get(person.pk, []),
            "traits": {name: trait(person, name) for name in traits},
            "entered_at": since[person.pk].isoformat() if person.pk in since else None,
        }
        for person in persons
    ]


def trait(person: Person, name: str) -> Any:
    """A trait's value; dots lead into nested objects. None when it is not known."""
    value: Any = person.traits
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
