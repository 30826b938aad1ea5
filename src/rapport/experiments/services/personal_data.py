"""Which variants a person met: handed out, forgotten, and moved when two persons become one."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from rapport.core.clock import SYSTEM, Clock
from rapport.core.registry import PersonalData
from rapport.experiments.models import Exposure
from rapport.people.models import Identifier
from rapport.people.services.moving import rows_follow


def of(person_ids: list[uuid.UUID]) -> QuerySet[Exposure]:
    """What they met, also on their devices before anybody knew whose these are."""
    devices = Identifier.objects.filter(person_id__in=person_ids, type="anonymous_id").values_list(
        "value", flat=True
    )
    return Exposure.objects.filter(Q(person_id__in=person_ids) | Q(person=None, unit__in=list(devices)))


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    rows = of(person_ids).select_related("experiment", "variant")
    return {
        "experiments": [
            {"experiment": row.experiment.name, "variant": row.variant.name, "at": row.at.isoformat()}
            for row in rows.order_by("at", "id")
        ]
    }


def erase(person_ids: list[uuid.UUID], clock: Clock = SYSTEM) -> dict[str, int]:
    """Figures that were counted last stay, they name nobody."""
    return {"experiments_exposure": of(person_ids).delete()[0]}


HOLDER = PersonalData(
    "experiments", ("experiments.Exposure.person", "experiments.Exposure.unit"), export, erase
)
MERGEABLE = rows_follow("experiments", Exposure)
