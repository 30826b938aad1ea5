"""How data quality hands out and forgets what it found of a person."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from rapport.core.registry import PersonalData
from rapport.insights.models import QualityFinding


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    found = QualityFinding.objects.filter(person_id__in=person_ids)
    return {"data_quality": list(found.values("measure", "trait", "value", "proposal"))}


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    # Of a likely duplicate, the value is the other person's id.
    meant = Q(person_id__in=person_ids) | Q(value__in=[str(each) for each in person_ids])
    gone, _ = QualityFinding.objects.filter(meant).delete()
    return {"insights.QualityFinding": gone}


HOLDER = PersonalData(
    app="insights",
    fields=(
        "insights.QualityFinding.person",
        "insights.QualityFinding.value",
        "insights.QualityFinding.proposal",
    ),
    export=export,
    erase=erase,
)
