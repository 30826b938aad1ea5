"""Always-valid inference: intervals that may be looked at whenever one likes, and a winner rule that stands on them.

An interval for a fixed sample size is wrong once somebody looks twice: at a stated 5 %, looking daily for a month
finds a "winner" in about a quarter of all tests between equals. A *confidence sequence* holds at all times at once.

Sources: Robbins, "Statistical methods related to the law of the iterated logarithm", Ann. Math. Statist. 41 (1970),
for the normal mixture; Johari, Koomen, Pekelis and Walsh, "Always valid inference: continuous monitoring of A/B
tests", Operations Research 70 (2022), for its use on the difference of two arms; Waudby-Smith, Arbour, Sinha, Kennedy
and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Ann. Statist. 52 (2024), for
means of any distribution with estimated variances (their Theorem 2.2), and for how to choose the mixture (eq. 69).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

# Fewer persons in an arm than this, and the normal approximation under the intervals cannot be relied upon.
SMALLEST_ARM = 100


@dataclass(frozen=True, slots=True)
class Arm:
    """What is known of one variant: how many persons, the sum of what each gave, and the sum of the squares.

    Of a conversion both sums are the number who converted.
    """

    persons: int
    total: float
    squares: float

    @classmethod
    def of_conversions(cls, persons: int, converted: int) -> Arm:
        return cls(persons, float(converted), float(converted))

    @property
    def mean(self) -> float:
        return self.total / self.persons if self.persons else 0.0

    @property
    def variance(self) -> float:
        """Of what one person gives."""
        if self.persons < 2:
            return 0.0
        spread = self.squares - self.total * self.total / self.persons
        return max(0.0, spread) / (self.persons - 1)

    @property
    def mean_variance(self) -> float:
        return self.variance / self.persons if self.persons else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with an interval that holds it at all times at once; None where nothing can be said yet."""

    estimate: float
    low: float | None
    high: float | None

    @property
    def excludes_zero(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def is_above(self) -> bool:
        return self.low is not None and self.low > 0


def mixture(planned_variance: float, alpha: float) -> float:
    """The mixture's variance with which the interval is shortest when the estimate has this variance.

    It must be chosen before the data are seen, so from the planned size, never from what has come in.
    """
    half = -2 * math.log(alpha)
    return planned_variance * (half + math.log(half + 1))


def radius(variance: float, mixture_variance: float, alpha: float) -> float:
    """Half the width of the interval around an estimate that has this variance now."""
    if variance <= 0 or mixture_variance <= 0:
        return math.inf
    both = variance + mixture_variance
    return math.sqrt(variance * both / mixture_variance * (math.log(both / variance) - 2 * math.log(alpha)))


def difference(arm: Arm, base: Arm, *, alpha: float, planned: int) -> Interval:
    """By how much a person of `arm` gives more than one of `base`; `planned` persons were meant for each arm."""
    estimate = arm.mean - base.mean
    if min(arm.persons, base.persons) < SMALLEST_ARM:
        return Interval(estimate, None, None)
    variance = arm.mean_variance + base.mean_variance
    one_person = arm.variance + base.variance
    width = radius(variance, mixture(one_person / max(planned, SMALLEST_ARM), alpha), alpha)
    return Interval(estimate, None, None) if width == math.inf else _around(estimate, width)


def relative(arm: Arm, base: Arm, *, alpha: float, planned: int) -> Interval:
    """The same as a share of the base (0.1: a tenth more), by the logarithm of the ratio (delta method)."""
    if min(arm.persons, base.persons) < SMALLEST_ARM or arm.mean <= 0 or base.mean <= 0:
        return Interval(arm.mean / base.mean - 1 if base.mean > 0 else 0.0, None, None)
    estimate = math.log(arm.mean / base.mean)
    one_person = arm.variance / arm.mean**2 + base.variance / base.mean**2
    variance = arm.mean_variance / arm.mean**2 + base.mean_variance / base.mean**2
    width = radius(variance, mixture(one_person / max(planned, SMALLEST_ARM), alpha), alpha)
    if width == math.inf:
        return Interval(math.expm1(estimate), None, None)
    return Interval(
        math.expm1(estimate), math.expm1(estimate - width), math.expm1(min(estimate + width, 700.0))
    )


@dataclass(frozen=True, slots=True)
class Lift:
    """What the treated gave beyond what the holdout lets expect: per person, as a share, and altogether."""

    per_person: Interval
    share: Interval
    altogether: Interval


def lift(treated: Arm, holdout: Arm, *, alpha: float, planned: int) -> Lift:
    per_person = difference(treated, holdout, alpha=alpha, planned=planned)
    number = treated.persons
    ends = (None if end is None else end * number for end in (per_person.low, per_person.high))
    return Lift(
        per_person,
        relative(treated, holdout, alpha=alpha, planned=planned),
        Interval(per_person.estimate * number, *ends),
    )


def winner(arms: Sequence[Arm], *, alpha: float, planned: int) -> int | None:
    """The place of the arm that is better than every other, if there is one.

    Each pair gets its part of `alpha` (Bonferroni), so that among equals a winner is named in at most that share
    of all experiments, however often one looks.
    """
    pairs = list(combinations(range(len(arms)), 2))
    beats: dict[int, int] = dict.fromkeys(range(len(arms)), 0)
    for left, right in pairs:
        shown = difference(arms[left], arms[right], alpha=alpha / len(pairs), planned=planned)
        if shown.excludes_zero:
            beats[left if shown.is_above else right] += 1
    return next((at for at, count in beats.items() if count == len(arms) - 1), None) if pairs else None


def _around(estimate: float, width: float) -> Interval:
    return Interval(estimate, estimate - width, estimate + width)
