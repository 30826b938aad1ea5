"""How many persons an experiment needs, before it starts.

The fixed sizes are the textbook's (Fleiss, Levin and Paik, "Statistical Methods for Rates and Proportions", 3rd ed.
2003, section 4.2, without the correction for continuity; for means, Cohen 1988, section 2.3). An experiment that may be
looked at whenever one likes needs more in the worst case: `sequential` is the size at which its interval, too, shows
the effect with the stated power. It usually ends long before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from rapport.experiments.statistics.sequential import mixture, radius

_quantile = NormalDist().inv_cdf


@dataclass(frozen=True, slots=True)
class Size:
    """Persons per variant: for one look at the end, and for looking at any time."""

    fixed: int
    sequential: int


def for_rates(base: float, relative_effect: float, *, alpha: float = 0.05, power: float = 0.8) -> Size:
    """To show that a rate of `base` becomes `base * (1 + relative_effect)`. Raises ValueError."""
    other = base * (1 + relative_effect)
    if not 0 < base < 1 or not 0 < other < 1 or base == other:
        raise ValueError("a rate and an effect that leaves it between 0 and 1")
    average = (base + other) / 2
    apart = base * (1 - base) + other * (1 - other)
    reach = _quantile(1 - alpha / 2) * math.sqrt(2 * average * (1 - average)) + _quantile(power) * math.sqrt(
        apart
    )
    fixed = (reach / (other - base)) ** 2
    return Size(math.ceil(fixed), _sequential(apart, other - base, alpha, power))


def for_means(
    mean: float, deviation: float, relative_effect: float, *, alpha: float = 0.05, power: float = 0.8
) -> Size:
    """To show that `mean`, which spreads by `deviation` between persons, grows by this share. Raises ValueError."""
    effect = mean * relative_effect
    if deviation <= 0 or effect == 0:
        raise ValueError("a deviation and an effect that are not zero")
    both = 2 * deviation**2
    fixed = both * ((_quantile(1 - alpha / 2) + _quantile(power)) / effect) ** 2
    return Size(math.ceil(fixed), _sequential(both, effect, alpha, power))


def _sequential(one_person: float, effect: float, alpha: float, power: float) -> int:
    """With the mixture made for that size, the interval's half width is a fixed multiple of the standard error."""
    multiple = radius(1.0, mixture(1.0, alpha), alpha)
    return math.ceil(one_person * ((multiple + _quantile(power)) / effect) ** 2)
