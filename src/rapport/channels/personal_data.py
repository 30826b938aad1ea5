"""What channels hold about a person: handed out on request, and forgotten."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.channels.inbox import messages
from rapport.channels.inbox.models import InboxMessage
from rapport.channels.push import devices
from rapport.channels.push.models import Device
from rapport.core.registry import PERSONAL_DATA, PersonalData

FIELDS = (
    "channels.Device.person",
    "channels.Device.digest",
    "channels.Device.sealed",
    "channels.Device.app",
    "channels.Device.name",
    "channels.Device.language",
    "channels.Device.source",
    "channels.Device.gone_because",
    "channels.InboxMessage.person",
    "channels.InboxMessage.title",
    "channels.InboxMessage.body",
    "channels.InboxMessage.url",
    "channels.InboxMessage.image",
    "channels.InboxMessage.label",
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """The devices of a person, and what stands in their inbox."""
    return {"devices": devices.export(person_ids), "inbox": messages.export(person_ids)}


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """Nothing of them stays."""
    removed, _kinds = Device.objects.filter(person_id__in=person_ids).delete()
    inbox, _kinds = InboxMessage.objects.filter(person_id__in=person_ids).delete()
    return {"channels_device": removed, "channels_inboxmessage": inbox}


def register() -> None:
    PERSONAL_DATA.register(PersonalData("channels", FIELDS, export, erase))
