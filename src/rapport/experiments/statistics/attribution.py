"""Which share of a conversion each touchpoint on the way to it gets.

The rules (first, last, linear, time decay, position) are conventions. The data-driven model asks what would be missing:
a first-order Markov chain of the paths, and how much less often it ends in a conversion when a touchpoint is taken out
(*removal effect*). Source: Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey: lessons learned
from graph-based online attribution modeling", Int. J. of Research in Marketing 33 (2016).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Shares = dict[str, float]


@dataclass(frozen=True, slots=True)
class Path:
    """Touchpoints in order, the days that each lies before the end, and how many walked it with and without success."""

    touches: tuple[str, ...]
    converted: float = 1.0
    lost: float = 0.0
    value: float = 0.0
    days_before: tuple[float, ...] = ()


def first(path: Path) -> list[float]:
    return [1.0] + [0.0] * (len(path.touches) - 1)


def last(path: Path) -> list[float]:
    return [0.0] * (len(path.touches) - 1) + [1.0]


def linear(path: Path) -> list[float]:
    return [1 / len(path.touches)] * len(path.touches)


def position(path: Path, ends: float = 0.4) -> list[float]:
    """`ends` each for the first and the last, the rest among those between."""
    number = len(path.touches)
    if number <= 2:
        return [1 / number] * number
    return [ends] + [(1 - 2 * ends) / (number - 2)] * (number - 2) + [ends]


def time_decay(path: Path, half_life: float = 7.0) -> list[float]:
    """A touch half a `half_life` earlier weighs that much less."""
    weights = [2 ** (-days / half_life) for days in path.days_before or [0.0] * len(path.touches)]
    total = sum(weights)
    return [weight / total for weight in weights] if total > 0 else last(path)


RULES: dict[str, Callable[[Path], list[float]]] = {
    "first": first,
    "last": last,
    "linear": linear,
    "position": position,
    "time_decay": time_decay,
}


def by_rule(rule: str, paths: Iterable[Path], *, by_value: bool = False) -> Shares:
    """{touchpoint: conversions, or value, that it gets}. Of paths without a touch nothing can be given."""
    shares: defaultdict[str, float] = defaultdict(float)
    split = RULES[rule]
    for path in paths:
        amount = path.value if by_value else path.converted
        if path.touches and amount:
            for touch, share in zip(path.touches, split(path), strict=True):
                shares[touch] += share * amount
    return dict(shares)


def removal_effects(paths: Iterable[Path]) -> Shares:
    """{touchpoint: the share of conversions that would be missing without it}."""
    names, moves, success = _chain(paths)
    # visits[i, j]: how often a walk from i comes to j; converts[i]: the chance that it ends in success.
    visits = np.linalg.inv(np.eye(len(success)) - moves)
    converts = visits @ success
    if converts[0] <= 0:
        return dict.fromkeys(names, 0.0)
    # Without a state, those who ever come to it are lost: the chance to come there times the chance to go on from it.
    effects = visits[0] / np.diag(visits) * converts / converts[0]
    return {name: float(effects[at]) for at, name in enumerate(names, 1)}


def markov(paths: Sequence[Path], *, by_value: bool = False) -> Shares:
    """Shares out all conversions, or all value, in proportion to the removal effects."""
    effects = removal_effects(paths)
    total = sum(path.value if by_value else path.converted for path in paths if path.touches)
    everything = sum(effects.values())
    return {name: total * effect / everything for name, effect in effects.items()} if everything else effects


def _chain(paths: Iterable[Path]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, and the chances of moving from a state (0: the start) to another and to success."""
    walked = [path for path in paths if path.touches and path.converted + path.lost > 0]
    names = sorted({touch for path in walked for touch in path.touches})
    place = {name: at for at, name in enumerate(names, 1)}
    moves, success = np.zeros((len(names) + 1, len(names) + 1)), np.zeros(len(names) + 1)
    lost = np.zeros(len(names) + 1)
    for path in walked:
        states = [0, *(place[touch] for touch in path.touches)]
        for start, end in pairwise(states):
            moves[start, end] += path.converted + path.lost
        success[states[-1]] += path.converted
        lost[states[-1]] += path.lost
    out = moves.sum(axis=1) + success + lost
    out[out == 0] = 1.0
    return names, moves / out[:, None], success / out
