"""How data quality hands out and forgets what it holds about a person."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from rapport.core.registry import PersonalData
from rapport.quality.models import MatchCandidate, QualityFinding, RepairItem

_REPAIR = ("before", "after", "shown_before", "shown_after")


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    findings = QualityFinding.objects.filter(person_id__in=person_ids)
    return {
        "data_quality": list(findings.values("measure", "trait", "value", "proposal")),
        "repairs": list(RepairItem.objects.filter(person_id__in=person_ids).values("trait", *_REPAIR)),
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    # Of a likely duplicate, the value is the other person's id.
    about = Q(person_id__in=person_ids) | Q(value__in=[str(person_id) for person_id in person_ids])
    findings, _ = QualityFinding.objects.filter(about).delete()
    repairs, _ = RepairItem.objects.filter(person_id__in=person_ids).delete()
    pairs, _ = MatchCandidate.objects.filter(Q(one_id__in=person_ids) | Q(other_id__in=person_ids)).delete()
    return {
        "quality.QualityFinding": findings,
        "quality.RepairItem": repairs,
        "quality.MatchCandidate": pairs,
    }


HOLDER = PersonalData(
    app="quality",
    fields=(
        "quality.QualityFinding.person",
        "quality.QualityFinding.value",
        "quality.QualityFinding.proposal",
        "quality.MatchCandidate.one_id",
        "quality.MatchCandidate.other_id",
        *(f"quality.RepairItem.{name}" for name in ("person", *_REPAIR)),
    ),
    export=export,
    erase=erase,
)
