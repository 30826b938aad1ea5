"""How many of the pairs above a threshold are right, from a sample judged by people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Of a normal distribution, for an interval that holds the truth 19 times in 20.
Z = 1.96


@dataclass(frozen=True, slots=True)
class Stratum:
    """One band of likelihood: how many pairs it holds, how many were judged, how many of these were right."""

    lowest: float
    highest: float
    pairs: int
    judged: int
    right: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """The share of right pairs, with an interval of 95 %, over `pairs` of which `judged` were looked at."""

    share: float
    lower: float
    upper: float
    pairs: int
    judged: int


def precision(strata: Sequence[Stratum]) -> Estimate | None:
    """Stratified: each band counts by the pairs it holds, not by those judged. None while a band that holds pairs has
    none judged.

    Each band's variance is that of its share moved towards one half by two right and two wrong pairs (Agresti and Coull
    1998), so that ten right of ten does not pass for certainty; a band judged whole has none.
    """
    total = sum(stratum.pairs for stratum in strata)
    if not total or any(stratum.pairs and not stratum.judged for stratum in strata):
        return None
    share, middle, variance = 0.0, 0.0, 0.0
    for stratum in (stratum for stratum in strata if stratum.pairs):
        part = stratum.pairs / total
        whole = stratum.judged >= stratum.pairs
        moved = (stratum.right + 2) / (stratum.judged + 4)
        rate = stratum.right / stratum.judged
        share += part * rate
        middle += part * (rate if whole else moved)
        variance += 0.0 if whole else part**2 * moved * (1 - moved) / (stratum.judged + 4)
    reach = Z * math.sqrt(variance)
    lower, upper = max(middle - reach, 0.0), min(middle + reach, 1.0)
    judged = sum(stratum.judged for stratum in strata)
    return Estimate(share, min(lower, share), max(upper, share), total, judged)
