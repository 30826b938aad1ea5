"""What the pages and the API show of the search for duplicates."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.people import queries as people
from rapport.people.models import Company, CompanyMerge, Identifier, Person
from rapport.quality.matching.engine.precision import Estimate, Stratum, precision
from rapport.quality.models import MatchCandidate, MatchDecision, MatchSample

Verdict = MatchDecision.Verdict
BAND = 0.05
# So many decisions above a threshold, at least, before it may be suggested; and so often right.
ENOUGH = 20
RIGHT = 0.99


def candidates(actor: Actor, kind: str) -> QuerySet[MatchCandidate]:
    """Pairs of one kind whose records both still stand for themselves and may be processed."""
    rows = MatchCandidate.objects.filter(kind=kind)
    if kind == "person":
        live: QuerySet[Any] = people.people(actor).filter(restricted_at=None)
    else:
        lost = CompanyMerge.objects.filter(undone_at=None).values("absorbed_id")
        live = people.companies(actor).exclude(pk__in=lost)
    return rows.filter(
        Exists(live.filter(pk=OuterRef("one_id"))), Exists(live.filter(pk=OuterRef("other_id")))
    )


def mergeable(actor: Actor, kind: str, *, lowest: float, below: float) -> QuerySet[MatchCandidate]:
    """Undecided pairs that a search would merge without asking, were it allowed to from `lowest` on."""
    rows = waiting(actor, kind, lowest=lowest).filter(contradicts=False, held_back=False)
    return rows if below >= 1 else rows.filter(probability__lt=below)


def sample_of(kind: str) -> MatchSample | None:
    """The newest sample."""
    return MatchSample.objects.filter(kind=kind).order_by("-pk").first()


def sampled_ids(sample: MatchSample | None) -> list[int]:
    return [pk for band in sample.bands for pk in band["drawn"]] if sample else []


def strata(sample: MatchSample) -> list[Stratum]:
    """What people said about the sample, band by band, likeliest first. Pairs that were put off are not judged."""
    decided = MatchDecision.objects.filter(
        candidate_id__in=sampled_ids(sample), undone_at=None, automatic=False
    ).exclude(verdict=Verdict.LATER)
    right = {pk: verdict == Verdict.MERGED for pk, verdict in decided.values_list("candidate_id", "verdict")}
    return [
        Stratum(
            band["lowest"],
            band["highest"],
            band["pairs"],
            sum(pk in right for pk in band["drawn"]),
            sum(right.get(pk, False) for pk in band["drawn"]),
        )
        for band in sample.bands
    ]


def precision_from(sample: MatchSample | None, threshold: float) -> Estimate | None:
    """The precision of merging from a threshold on; None when the sample says nothing (yet) about it.

    A threshold within a band is judged by the whole band.
    """
    if sample is None:
        return None
    return precision([stratum for stratum in strata(sample) if stratum.highest > threshold])


def waiting(
    actor: Actor, kind: str, *, lowest: float, highest: float = 1.0, later: bool = False
) -> QuerySet[MatchCandidate]:
    """Pairs for review, likeliest first: undecided, or with `later` those put off."""
    standing = MatchDecision.objects.filter(candidate=OuterRef("pk"), undone_at=None)
    open_pairs = candidates(actor, kind).filter(probability__gte=lowest, probability__lte=highest)
    if later:
        return open_pairs.filter(Exists(standing.filter(verdict=Verdict.LATER))).order_by(
            "-probability", "pk"
        )
    return open_pairs.filter(~Exists(standing)).order_by("-probability", "pk")


def candidate_for(actor: Actor, candidate_id: int) -> MatchCandidate:
    """Raises Http404."""
    candidate = MatchCandidate.objects.filter(pk=candidate_id).first()
    if candidate is None or not _may_see(actor, candidate):
        raise Http404
    return candidate


def _may_see(actor: Actor, pair: MatchCandidate) -> bool:
    """Whether the actor may see both records, merged or not."""
    if actor.reach("people.view") in {None, Reach.ALL}:
        return actor.may("people.view")
    model = Person if pair.kind == "person" else Company
    return (
        model.objects.visible_to(actor, "people.view").filter(pk__in=[pair.one_id, pair.other_id]).count()
        == 2
    )


def last_decision_of(actor: Actor) -> MatchDecision | None:
    """The actor's newest decision that can be undone."""
    rows = MatchDecision.objects.filter(decided_by=actor.label[:254], undone_at=None, automatic=False)
    return rows.select_related("candidate").order_by("-pk").first()


def decision_for(actor: Actor, decision_id: int) -> MatchDecision:
    """Raises Http404."""
    decision = MatchDecision.objects.select_related("candidate").filter(pk=decision_id).first()
    if decision is None or not _may_see(actor, decision.candidate):
        raise Http404
    return decision


def histogram(actor: Actor, kind: str) -> list[tuple[float, int]]:
    """[(lower edge, open pairs)] in steps of 5 %, from 20 % to 100 %."""
    edges = [round(0.2 + BAND * step, 2) for step in range(16)]
    bands = {f"b{number}": Count("pk", filter=_band(edge)) for number, edge in enumerate(edges)}
    counted = waiting(actor, kind, lowest=0.2).order_by().aggregate(**bands)
    return [(edge, counted[f"b{number}"]) for number, edge in enumerate(edges)]


def _band(edge: float) -> Q:
    top = round(edge + BAND, 2)
    return Q(probability__gte=edge) if top >= 1 else Q(probability__gte=edge, probability__lt=top)


@dataclass(frozen=True, slots=True)
class Band:
    """What people decided about pairs from `lowest` to `highest`."""

    lowest: float
    highest: float
    merged: int
    apart: int

    @property
    def decided(self) -> int:
        return self.merged + self.apart

    @property
    def share(self) -> float:
        return self.merged / self.decided if self.decided else 0.0


def bands(actor: Actor, kind: str) -> list[Band]:
    """Decisions made by people, likeliest band first; bands without any are left out. Undone automatic merges
    count as "not the same", because somebody said so.
    """
    if not actor.may("people.view"):
        return []
    rows = sql.run(
        "SELECT least(floor(d.probability / 0.05 + 1e-9)::int, 19) AS band,"
        " count(*) FILTER (WHERE d.verdict = 'merged' AND d.undone_at IS NULL),"
        " count(*) FILTER (WHERE d.verdict = 'apart' AND d.undone_at IS NULL"
        " OR d.automatic AND d.undone_at IS NOT NULL)"
        " FROM quality_matchdecision d JOIN quality_matchcandidate c ON c.id = d.candidate_id"
        " WHERE c.kind = %b AND (NOT d.automatic OR d.undone_at IS NOT NULL) GROUP BY 1 ORDER BY 1 DESC",
        [kind],
    )
    result = [Band(band * BAND, (band + 1) * BAND, merged, apart) for band, merged, apart in rows]
    return [band for band in result if band.decided]


def suggested_threshold(bands: list[Band]) -> float | None:
    """The lowest threshold above which people merged nearly all they saw, once they saw enough; else None."""
    merged = decided = 0
    best = None
    for band in bands:
        merged, decided = merged + band.merged, decided + band.decided
        if merged / decided < RIGHT:
            break
        if decided >= ENOUGH:
            best = round(band.lowest, 2)
    return best


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a pair as the page shows it."""

    id: uuid.UUID
    record: Person | Company
    identifiers: dict[str, list[str]]


def records_of(
    kind: str, pairs: list[MatchCandidate]
) -> list[tuple[MatchCandidate, Person | Company, Person | Company]]:
    """Pairs with both of their records; those of which one is gone are left out. One query."""
    ids = {id_ for pair in pairs for id_ in (pair.one_id, pair.other_id)}
    model: type[Person] | type[Company] = Person if kind == "person" else Company
    records: dict[uuid.UUID, Person | Company] = {row.pk: row for row in model.objects.filter(pk__in=ids)}
    return [
        (pair, records[pair.one_id], records[pair.other_id])
        for pair in pairs
        if pair.one_id in records and pair.other_id in records
    ]


def sides(pair: MatchCandidate) -> tuple[Side, Side] | None:
    """Both records, or None when one of them is gone. Two queries."""
    ids = [pair.one_id, pair.other_id]
    if pair.kind == "person":
        records: dict[uuid.UUID, Person | Company] = {
            row.pk: row for row in Person.objects.filter(pk__in=ids)
        }
    else:
        records = {row.pk: row for row in Company.objects.filter(pk__in=ids)}
    if len(records) < 2:
        return None
    values: dict[uuid.UUID, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for person, type_, value in (
        Identifier.objects.filter(person_id__in=ids)
        .values_list("person_id", "type", "value")
        .order_by("type", "first_seen_at")
    ):
        values[person][type_].append(value)
    left, other = (Side(id_, records[id_], dict(values[id_])) for id_ in ids)
    return left, other
