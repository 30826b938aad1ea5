"""Reads of data quality: the score, what it is made of, how it went, and whom a measure found wanting."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Max, QuerySet
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.governance import queries as governance
from rapport.people import queries as people
from rapport.people.services import policy as policies
from rapport.people.values.schema import PERSON
from rapport.quality.cleansing.queries import repair_context
from rapport.quality.completeness.measures import DIMENSIONS, DUPLICATES, WEIGHTS, Measure, Verdict, measures
from rapport.quality.completeness.subjects import Circumstances, Subject
from rapport.quality.models import QualityFinding, QualityPolicy, QualityRun, QualitySnapshot

WEEK = dt.timedelta(days=7)
HISTORY = dt.timedelta(days=365)
_USUAL = ("name", "email", "phone", "country")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of the newest day, and its share a week before, if it was measured then."""

    measure: Measure
    snapshot: QualitySnapshot
    before: float | None

    @property
    def change(self) -> float | None:
        return None if self.before is None else self.snapshot.share - self.before


@dataclass(slots=True)
class Dimension:
    """One dimension: its share (the mean of its scored measures), weight in the score, history and figures."""

    key: str
    label: str | Promise
    weight: int
    share: float | None = None
    before: float | None = None
    days: list[tuple[dt.date, float]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    @property
    def change(self) -> float | None:
        return None if self.share is None or self.before is None else self.share - self.before


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The whole page: the score (a share of one), a week before, day by day, and its dimensions."""

    day: dt.date | None
    score: float | None
    before: float | None
    days: list[tuple[dt.date, float]]
    dimensions: list[Dimension]
    people: int

    @property
    def change(self) -> float | None:
        return None if self.score is None or self.before is None else self.score - self.before

    def worst(self, limit: int = 5) -> list[Figure]:
        """The scored measures by which the score would rise most if everybody passed them."""
        gains: list[tuple[float, Figure]] = []
        for part in self.dimensions:
            scored = [figure for figure in part.figures if figure.measure.scored and figure.snapshot.total]
            gains += [((1 - entry.snapshot.share) * part.weight / len(scored), entry) for entry in scored]
        return [entry for gain, entry in sorted(gains, key=lambda pair: -pair[0]) if gain > 0][:limit]


def _undecided(subject: Subject, given: Circumstances) -> Verdict | None:
    return None


_DUPLICATES = Measure(
    DUPLICATES,
    "uniqueness",
    _("Without a likely duplicate"),
    _("Is in no open pair of possible duplicates."),
    _undecided,
)


def newest_run(actor: Actor) -> QualityRun | None:
    """The measurement that is under way, or the last one."""
    return (
        QualityRun.objects.select_related("job").order_by("-pk").first()
        if actor.may("insights.view")
        else None
    )


def quality_policy() -> QualityPolicy:
    """What the business set, or what is usual: required traits, and how to call, write to and find somebody."""
    policy = QualityPolicy.objects.filter(pk=1).first()
    if policy is not None:
        return policy
    definitions = policies.current(PERSON).definitions
    required = [key for key, definition in definitions.items() if definition.is_required]
    return QualityPolicy(traits=list(dict.fromkeys([*_USUAL, *required])), weights=WEIGHTS)


def circumstances(now: dt.datetime, domains: dict[str, int]) -> Circumstances:
    """What every measure needs to know of the workspace."""
    return Circumstances(
        now, repair_context(domains), tuple(quality_policy().traits), tuple(governance.consents_needed())
    )


def all_measures(clock: Clock = SYSTEM) -> dict[str, Measure]:
    """{key: measure} of what is measured now."""
    return {measure.key: measure for measure in measures(circumstances(clock.now(), {}))} | {
        DUPLICATES: _DUPLICATES
    }


def dashboard(actor: Actor) -> Dashboard:
    """Everything of a year in one read of the snapshots. Raises PermissionDenied."""
    actor.require("insights.view")
    weights = quality_policy().weights
    newest = QualitySnapshot.objects.aggregate(day=Max("day"))["day"]
    if newest is None:
        return Dashboard(None, None, None, [], [], 0)
    measures = all_measures()
    order = {key: place for place, key in enumerate(measures)}
    rows = QualitySnapshot.objects.filter(day__gt=newest - HISTORY).order_by("day", "measure")
    days = {day: list(snapshots) for day, snapshots in groupby(rows, key=lambda row: row.day)}
    past = max((day for day in days if day <= newest - WEEK), default=None)
    shares = {day: _shares(snapshots, measures) for day, snapshots in days.items()}
    dimensions = [Dimension(key, label, int(weights.get(key, 0))) for key, label in DIMENSIONS.items()]
    before = {row.measure: row.share for row in days[past]} if past else {}
    for dimension in dimensions:
        dimension.days = [
            (day, shares_of_day[dimension.key])
            for day, shares_of_day in shares.items()
            if dimension.key in shares_of_day
        ]
        dimension.share = shares[newest].get(dimension.key)
        dimension.before = shares[past].get(dimension.key) if past else None
        snapshots = sorted(
            (row for row in days[newest] if row.dimension == dimension.key and row.measure in measures),
            key=lambda row: order[row.measure],
        )
        dimension.figures = [Figure(measures[row.measure], row, before.get(row.measure)) for row in snapshots]
    line = [
        (day, score)
        for day, shares_of_day in shares.items()
        if (score := _score(shares_of_day, weights)) is not None
    ]
    people_in = max((row.total for row in days[newest]), default=0)
    was = _score(shares[past], weights) if past else None
    return Dashboard(newest, _score(shares[newest], weights), was, line, dimensions, people_in)


def _shares(rows: list[QualitySnapshot], measures: dict[str, Measure]) -> dict[str, float]:
    """{dimension: mean share of its scored measures}; without those that applied to nobody."""
    shares: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.total and row.measure in measures and measures[row.measure].scored:
            shares[row.dimension].append(row.share)
    return {key: sum(scores) / len(scores) for key, scores in shares.items()}


def _score(shares: dict[str, float], weights: dict[str, int]) -> float | None:
    """The weighted mean of the dimensions that were measured."""
    counted = {key: weights.get(key, 0) for key in shares}
    whole = sum(counted.values())
    return sum(shares[key] * weight for key, weight in counted.items()) / whole if whole else None


def measure_for(actor: Actor, key: str) -> Measure:
    """Raises Http404."""
    measure = all_measures().get(key) if actor.may("insights.view") else None
    if measure is None:
        raise Http404
    return measure


def history(actor: Actor, key: str) -> list[QualitySnapshot]:
    """The measure day by day, oldest first."""
    actor.require("insights.view")
    return list(QualitySnapshot.objects.filter(measure=key).order_by("day"))


def findings(actor: Actor, key: str) -> QuerySet[QualityFinding]:
    """Whom the last finished measurement found wanting, of people the actor may see."""
    run = QualityRun.objects.filter(state=QualityRun.State.DONE).order_by("-pk").first()
    rows = QualityFinding.objects.filter(run=run, measure=key, person__in=people.people(actor).values("pk"))
    return rows.select_related("person") if run else rows.none()
