"""Shares out conversions, their amounts, new customers and what these have left since, by every model at once."""

from __future__ import annotations

import datetime as dt
import uuid
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.http import Http404

from rapport.core.access import Actor
from rapport.core.process_cache import kept_by_cost
from rapport.core.queries import workspace
from rapport.experiments.statistics.attribution import RULES, Path, removal_effects
from rapport.insights.attribution.conversions import ORDERS, Amount, Conversion, Conversions, conversions
from rapport.insights.attribution.touches import Touch, Touches, touches

DAY = 86_400
MARKOV = "markov"
MODELS = (*RULES, MARKOV)
BY = ("channel", "campaign")
WINDOWS = (7, 30, 90)
# More campaigns than these are one row; a matrix of so many is inverted within a tenth of a second.
MOST_ROWS = 500
REST = "*"


@dataclass(frozen=True, slots=True)
class Question:
    """What is shared out, over which whole days of the workspace's time zone, among what."""

    first: dt.date
    last: dt.date
    by: str = "channel"
    window: int = 30
    event: str = ORDERS

    def bounds(self) -> tuple[dt.datetime, dt.datetime]:
        zone = ZoneInfo(workspace().time_zone)
        start = dt.datetime.combine(self.first, dt.time(), zone)
        end = dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time(), zone)
        return start.astimezone(dt.UTC), end.astimezone(dt.UTC)

    def key(self, touch: Touch) -> str:
        return touch.channel if self.by == "channel" else f"{touch.channel}|{touch.campaign}"


@dataclass(slots=True)
class Share:
    """What a touchpoint gets: conversions and their amount, new customers and all that these have left."""

    conversions: float = 0.0
    revenue: float = 0.0
    customers: float = 0.0
    lifetime: float = 0.0

    def add(self, weight: float, conversion: Conversion, lifetime: float) -> None:
        self.conversions += weight
        self.revenue += weight * conversion.value
        if conversion.is_new:
            self.customers += weight
            self.lifetime += weight * lifetime

    def times(self, weight: float) -> Share:
        return Share(
            self.conversions * weight, self.revenue * weight, self.customers * weight, self.lifetime * weight
        )


@dataclass(slots=True)
class Journey:
    """One conversion and the touchpoints of the days before it."""

    conversion: Conversion
    touches: list[Touch]
    keys: tuple[str, ...]

    @property
    def path(self) -> Path:
        days = tuple((self.conversion.at - touch.at) / DAY for touch in self.touches)
        return Path(self.keys, 1.0, 0.0, self.conversion.value, days)


@dataclass(slots=True)
class Row:
    key: str
    touches: int = 0
    persons: int = 0
    effect: float = 0.0
    models: dict[str, Share] = field(default_factory=dict)


@dataclass(slots=True)
class Attribution:
    """`total` is everything, `untouched` what had no touchpoint before it: no model shares that out."""

    question: Question
    currency: str
    rows: list[Row]
    total: Share
    untouched: Share
    touched: Share
    journeys: list[Journey]
    top: list[tuple[tuple[str, ...], int, float, int]]
    missing: dict[str, Decimal]
    lifetimes: dict[uuid.UUID, list[Amount]]
    touches: int
    machine_clicks: int

    @property
    def effects(self) -> float:
        return sum(row.effect for row in self.rows)


def attribution(actor: Actor, question: Question) -> Attribution:
    """Raises Http404."""
    if not actor.may("insights.view"):
        raise Http404
    return _attribution(question)


@kept_by_cost
def _attribution(question: Question) -> Attribution:
    start, end = question.bounds()
    currency = workspace().currency
    seen = touches(start - dt.timedelta(days=question.window), end)
    sales = conversions(question.event, start, end, currency)
    journeys, lost = _journeys(question, seen, sales, start.timestamp())
    rows = _rows(seen, journeys, lost, question, start.timestamp())
    total, untouched, touched = Share(), Share(), Share()
    for journey in journeys:
        worth = _lifetime(sales, journey.conversion)
        total.add(1, journey.conversion, worth)
        (touched if journey.keys else untouched).add(1, journey.conversion, worth)
        _share(rows, journey, worth)
    _share_by_effect(rows, journeys, lost, touched)
    ranked = sorted(rows.values(), key=lambda row: (-row.models["linear"].revenue, -row.touches, row.key))
    return Attribution(
        question, currency, ranked, total, untouched, touched, journeys, _top(journeys, lost), sales.missing,
        sales.lifetimes, sum(row.touches for row in ranked), seen.machine_clicks,
    )  # fmt: skip


def _lifetime(sales: Conversions, conversion: Conversion) -> float:
    if not conversion.is_new or conversion.who is None:
        return 0.0
    return sum(amount.value for amount in sales.lifetimes.get(conversion.who, ()))


def _journeys(
    question: Question, seen: Touches, sales: Conversions, start: float
) -> tuple[list[Journey], list[tuple[str, ...]]]:
    """Every conversion with its path, and the paths of touchpoints that led to none."""
    kept = _kept(question, seen)
    moments = {who: [touch.at for touch in rows] for who, rows in seen.of.items()}
    journeys, used = [], dict[uuid.UUID, set[int]]()
    for conversion in sales.rows:
        at = moments.get(conversion.who, []) if conversion.who else []
        low = bisect_left(at, conversion.at - question.window * DAY)
        high = bisect_right(at, conversion.at)
        walked = seen.of[conversion.who][low:high] if conversion.who and high > low else []
        journeys.append(Journey(conversion, walked, tuple(_named(question, touch, kept) for touch in walked)))
        if walked and conversion.who:
            used.setdefault(conversion.who, set()).update(range(low, high))
    lost = []
    for who, rows in seen.of.items():
        taken = used.get(who, ())
        path = tuple(
            _named(question, touch, kept)
            for place, touch in enumerate(rows)
            if place not in taken and touch.at >= start
        )
        if path:
            lost.append(path)
    return journeys, lost


def _kept(question: Question, seen: Touches) -> set[str]:
    counted = Counter(question.key(touch) for rows in seen.of.values() for touch in rows)
    return {key for key, _count in counted.most_common(MOST_ROWS)}


def _named(question: Question, touch: Touch, kept: set[str]) -> str:
    key = question.key(touch)
    return key if key in kept else REST


def _rows(
    seen: Touches, journeys: list[Journey], lost: list[tuple[str, ...]], question: Question, start: float
) -> dict[str, Row]:
    keys = {key for path in (*(journey.keys for journey in journeys), *lost) for key in path}
    rows = {key: Row(key, models={model: Share() for model in MODELS}) for key in keys}
    for walked in seen.of.values():
        keys_here = [question.key(touch) for touch in walked if touch.at >= start]
        named = [key if key in rows else REST for key in keys_here]
        for key in named:
            if key in rows:
                rows[key].touches += 1
        for key in set(named) & rows.keys():
            rows[key].persons += 1
    return rows


def _share(rows: dict[str, Row], journey: Journey, worth: float) -> None:
    if len(journey.keys) < 2:
        for key in journey.keys:
            for model in RULES:
                rows[key].models[model].add(1.0, journey.conversion, worth)
        return
    path = journey.path
    for model, split in RULES.items():
        for key, weight in zip(journey.keys, split(path), strict=True):
            if weight:
                rows[key].models[model].add(weight, journey.conversion, worth)


def _share_by_effect(
    rows: dict[str, Row], journeys: list[Journey], lost: list[tuple[str, ...]], touched: Share
) -> None:
    """By what would be missing without each: everything that was touched, in proportion to the removal effects."""
    walked = Counter(journey.keys for journey in journeys if journey.keys)
    failed = Counter(lost)
    paths = [Path(path, walked[path], failed[path]) for path in walked.keys() | failed.keys()]
    effects = removal_effects(paths) if paths else {}
    everything = sum(effects.values())
    for key, effect in effects.items():
        rows[key].effect = effect
        rows[key].models[MARKOV] = touched.times(effect / everything if everything else 0.0)


def _top(
    journeys: list[Journey], lost: list[tuple[str, ...]]
) -> list[tuple[tuple[str, ...], int, float, int]]:
    """(path without immediate repeats, conversions, amount, how often it led to none), the most frequent first."""
    counted, amounts = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for journey in journeys:
        if journey.keys:
            path = _short(journey.keys)
            counted[path] += 1
            amounts[path] += journey.conversion.value  # type: ignore[assignment]
    failed = Counter(_short(path) for path in lost)
    return [(path, count, float(amounts[path]), failed[path]) for path, count in counted.most_common(50)]


def _short(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for place, key in enumerate(keys) if not place or keys[place - 1] != key)


def weights(row: Attribution, model: str, key: str) -> Iterator[tuple[Journey, float]]:
    """Each conversion of which this touchpoint gets something by this model, and how much of it."""
    effect = next((line.effect for line in row.rows if line.key == key), 0.0)
    by_effect = effect / row.effects if row.effects else 0.0
    for journey in row.journeys:
        if model == MARKOV:
            if journey.keys and by_effect:
                yield journey, by_effect
        elif key in journey.keys:
            split = RULES[model](journey.path)
            weight = sum(share for name, share in zip(journey.keys, split, strict=True) if name == key)
            if weight:
                yield journey, weight
