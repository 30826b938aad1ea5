"""Thompson sampling without dice: how likely each option is the best, of what it was chosen and what it won. Pure.

Each option's rate is Beta(1 + won, 1 + lost). The chance that it is the highest is integrated on a grid, so that the
propensities written down are exact and the same whenever they are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate

POINTS = 400
WIDTH = 7.0  # standard deviations to either side that the grid covers


def propensities(arms: Mapping[str, tuple[int, int]], explore: float) -> dict[str, float]:
    """{option: how likely it is to be chosen}, of {option: (chosen, won)}; `explore` is shared out evenly."""
    best = _best(arms)
    even = explore / len(arms)
    return {option: (1 - explore) * best[option] + even for option in arms}


def _best(arms: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    if len(arms) == 1:
        return dict.fromkeys(arms, 1.0)
    shapes = {option: (1.0 + won, 1.0 + max(chosen - won, 0)) for option, (chosen, won) in arms.items()}
    grid = _grid(list(shapes.values()))
    densities = {option: _density(a, b, grid) for option, (a, b) in shapes.items()}
    below = {option: list(accumulate(values)) for option, values in densities.items()}
    chances = {}
    for option, values in densities.items():
        others = [total for name, total in below.items() if name != option]
        chances[option] = sum(
            value
            * math.prod(total[at] - (total[at] - (total[at - 1] if at else 0.0)) / 2 for total in others)
            for at, value in enumerate(values)
        )
    whole = sum(chances.values())
    return {option: chance / whole for option, chance in chances.items()}


def _grid(shapes: list[tuple[float, float]]) -> list[float]:
    low, high = 1.0, 0.0
    for a, b in shapes:
        mean, spread = a / (a + b), WIDTH * math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
        low, high = min(low, mean - spread), max(high, mean + spread)
    low, high = max(low, 0.0), min(high, 1.0)
    return [low + (high - low) * (at + 0.5) / POINTS for at in range(POINTS)]


def _density(a: float, b: float, grid: list[float]) -> list[float]:
    """Of a beta distribution on the grid; sums to one."""
    logs = [(a - 1) * math.log(x) + (b - 1) * math.log1p(-x) for x in grid]
    top = max(logs)
    values = [math.exp(value - top) for value in logs]
    whole = sum(values)
    return [value / whole for value in values]
