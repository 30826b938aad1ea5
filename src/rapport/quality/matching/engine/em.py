"""Expectation maximisation over patterns of agreement, with the share of matches free and u held.

The mixture of Fellegi and Sunter (1969) as fitted by Winkler (1988) and by Enamorado, Fifield and Imai (2019), on *all*
pairs of records: those that no blocking key brings together count as pairs that do not match (Murray 2016,
"Probabilistic record linkage and deduplication after indexing, blocking, and filtering"). Fitted inside single blocks
instead, the share worked back from them is off by factors of 4 to 40 (moj-analytical-services/splink#462, #734).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDS = 200
# The fit has converged when the share of matches changes by less than this part.
SETTLED = 1e-4
# So many made-up matches speak for the shipped m: with few real ones the model stays what it was shipped as, and the
# class that is fitted stays "the same person" and does not become "the same household".
PSEUDO_MATCHES = 50.0
# No level is impossible among matches.
LEAST_M = 1e-5


@dataclass(slots=True)
class Patterns:
    """Pairs by their levels (-1: nothing to compare) and by what the rarity of shared values adds, both by comparison,
    with how many there are. `total` counts all pairs of records, blocked or not.
    """

    gammas: NDArray[np.int64]
    rare: Floats
    counts: Floats
    total: float


@dataclass(slots=True)
class Weights:
    """Of one comparison, by level: shipped m, m to start from, the bits against it (of u), whether m is learned, and
    the greatest m that is believed.
    """

    prior: Floats
    m: Floats
    against: Floats
    learned: NDArray[np.bool_]
    most: Floats
    group: str = ""


@dataclass(slots=True)
class Fit:
    share: float
    m: list[Floats]
    likelihood: float


def fit(patterns: Patterns, weights: Sequence[Weights], shares: Sequence[float]) -> Fit:
    """The likeliest of the fits that start from each of `shares`."""
    return max((_fit(patterns, weights, share) for share in shares), key=lambda result: result.likelihood)


def _fit(patterns: Patterns, weights: Sequence[Weights], share: float) -> Fit:
    m = [of.m.copy() for of in weights]
    for _round in range(ROUNDS):
        chance = _posterior(patterns, weights, m, share)
        matches = chance * patterns.counts
        m = [_maximised(patterns.gammas[:, place], matches, of) for place, of in enumerate(weights)]
        before, share = share, _bounded(float(matches.sum()) / patterns.total, patterns.total)
        if abs(share - before) < SETTLED * before:
            break
    return Fit(share, m, _likelihood(patterns, weights, m, share))


def bits(patterns: Patterns, weights: Sequence[Weights], m: Sequence[Floats]) -> Floats:
    """The weight of each pattern, the share of matches left out; of a group the strongest for and against count."""
    total = np.zeros(len(patterns.counts))
    groups: dict[str, list[Floats]] = {}
    for place, (of, values) in enumerate(zip(weights, m, strict=True)):
        level_bits = np.append(np.log2(values) - of.against, 0.0)  # gamma -1 picks the last: nothing said
        alone = level_bits[patterns.gammas[:, place]] + patterns.rare[:, place]
        if of.group:
            groups.setdefault(of.group, []).append(alone)
        else:
            total += alone
    for members in groups.values():
        total += np.maximum(np.max(members, axis=0), 0) + np.minimum(np.min(members, axis=0), 0)
    return total


def _posterior(patterns: Patterns, weights: Sequence[Weights], m: Sequence[Floats], share: float) -> Floats:
    odds = np.log2(share / (1 - share)) + bits(patterns, weights, m)
    return np.asarray(1 / (1 + np.exp2(-np.clip(odds, -500, 500))))


def _maximised(gamma: NDArray[np.int64], matches: Floats, of: Weights) -> Floats:
    present = gamma >= 0
    counts = np.bincount(gamma[present], weights=matches[present], minlength=len(of.m))
    room = 1 - of.m[~of.learned].sum()
    wanted = np.where(of.learned, counts + PSEUDO_MATCHES * of.prior, 0.0)
    values = np.where(of.learned, room * wanted / max(wanted.sum(), 1e-12), of.m)
    return np.asarray(np.clip(values, LEAST_M, of.most))


def _bounded(share: float, total: float) -> float:
    """At least one match among all pairs."""
    return min(max(share, 1 / total), 0.5)


def _likelihood(patterns: Patterns, weights: Sequence[Weights], m: Sequence[Floats], share: float) -> float:
    """Of all pairs, over what it would be without any match (natural logarithm), with the prior of m."""
    odds = np.exp2(np.clip(bits(patterns, weights, m), -500, 500))
    blocked = float((patterns.counts * np.log1p(share * (odds - 1))).sum())
    elsewhere = max(patterns.total - float(patterns.counts.sum()), 0.0) * np.log1p(-share)
    prior = sum(
        float((PSEUDO_MATCHES * of.prior * np.log(values))[of.learned].sum())
        for of, values in zip(weights, m, strict=True)
    )
    return blocked + float(elsewhere) + prior
