"""Whether persons came to the variants in the shares that were ordered (sample-ratio mismatch).

If not, something loses persons of one variant (a redirect that fails, robots, a filter), and no figure of the
experiment can be believed. The test may be looked at all the time, too: the Bayes factor of a Dirichlet mixture against
the ordered shares is a martingale under these, so by Ville's inequality its inverse is a p-value at all times. Source:
Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022. Why a check at all, and at which
level: Fabijan et al., "Diagnosing sample ratio mismatch in online controlled experiments", KDD 2019.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

ALPHA = 0.001
# How closely the mixture lies around the ordered shares: as if so many persons had been seen. Few make it slow.
CONCENTRATION = 1_000.0


def mismatch(counts: Sequence[int], weights: Sequence[float]) -> float:
    """A p-value that holds at all times; below `ALPHA` the shares are not those ordered. 1 where nothing came."""
    total = sum(weights)
    expected = [(count, weight / total) for count, weight in zip(counts, weights, strict=True) if weight > 0]
    if any(count for count, weight in zip(counts, weights, strict=True) if weight <= 0):
        return 0.0
    number = sum(count for count, _share in expected)
    evidence = math.lgamma(CONCENTRATION) - math.lgamma(CONCENTRATION + number)
    for count, share in expected:
        prior = CONCENTRATION * share
        evidence += math.lgamma(prior + count) - math.lgamma(prior) - count * math.log(share)
    return math.exp(-max(0.0, evidence))
