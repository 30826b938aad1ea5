"""Uniqueness: who stands in an undecided pair of the search for duplicates."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rapport.core import access
from rapport.core.ui import formats
from rapport.quality.completeness.measures import DUPLICATES as KEY
from rapport.quality.matching import queries
from rapport.quality.matching.services.policy import policy_of
from rapport.quality.models import MatchKind, MatchRun, QualityFinding, QualityRun


def judge_duplicates(run: QualityRun, measured: int, limit: int) -> None:
    """Counts them, and keeps the likeliest pairs. Nothing is said before the first search has ended."""
    if not MatchRun.objects.filter(
        kind=MatchKind.PERSON, outcome__in=["done", "failed", "cancelled"]
    ).exists():
        return
    pairs = queries.waiting(
        access.system("data quality"), MatchKind.PERSON, lowest=policy_of(MatchKind.PERSON).review_at
    )
    inside: set[object] = set()
    for first_id, other in pairs.order_by().values_list("one_id", "other_id").iterator(chunk_size=10_000):
        inside |= {first_id, other}
    run.tally[KEY] = [max(0, measured - len(inside)), max(measured, len(inside))]
    likeliest = list(pairs.values_list("one_id", "other_id", "probability")[:limit])
    QualityFinding.objects.bulk_create(
        QualityFinding(
            run=run,
            measure=KEY,
            person_id=first_id,
            value=str(other),
            proposal=_("%(share)s alike: compare and merge") % {"share": formats.percent(probability, 0)},
        )
        for first_id, other, probability in likeliest
    )
