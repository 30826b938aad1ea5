"""Journeys as an origin of sends."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.journeys.models import Journey
from rapport.messaging.registry import Description, SendOrigin


def journey_id(origin_id: str) -> uuid.UUID:
    return uuid.UUID(origin_id.split(":", 1)[0])


def _describe(ids: Sequence[str]) -> dict[str, Description]:
    by_id = {name: journey_id(name) for name in ids}
    names = dict(Journey.objects.filter(pk__in=set(by_id.values())).values_list("pk", "name"))
    return {
        name: Description(names[pk], {"journey_id": str(pk), "journey_name": names[pk]})
        for name, pk in by_id.items()
        if pk in names
    }


def _url(origin_id: str) -> str:
    return reverse("journeys:journey", args=[journey_id(origin_id)])


ORIGIN = SendOrigin("journey", _("Journey"), _url, _describe)
