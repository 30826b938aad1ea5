"""What channels hold about a person: handed out on request, and forgotten."""

from __future__ import annotations

import uuid
from typing import Any

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
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """The devices of a person."""
    return {"devices": devices.export(person_ids)}


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """Nothing of them stays."""
    removed, _kinds = Device.objects.filter(person_id__in=person_ids).delete()
    return {"channels_device": removed}


def register() -> None:
    PERSONAL_DATA.register(PersonalData("channels", FIELDS, export, erase))
