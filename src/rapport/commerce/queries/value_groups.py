"""Scores of recency, frequency and money, and the named groups they make.

A score is the fifth of all buyers somebody stands in, 5 being the best. Equal values have equal scores, the lower one:
1 + floor(5 × (buyers with less) / (all buyers)). So who ordered once has frequency 1, however many they are.
Frequency and money together are the mean of both, rounded up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rapport.commerce.models import CustomerValue

Group = CustomerValue.Group
BEST = 5
# By recency, then by frequency and money from 1 to 5.
GRID: dict[int, tuple[Group, Group, Group, Group, Group]] = {
    5: (Group.NEW, Group.PROMISING, Group.PROMISING, Group.CHAMPIONS, Group.CHAMPIONS),
    4: (Group.NEW, Group.PROMISING, Group.PROMISING, Group.CHAMPIONS, Group.CHAMPIONS),
    3: (Group.COOLING, Group.ATTENTION, Group.ATTENTION, Group.LOYAL, Group.LOYAL),
    2: (Group.COOLING, Group.COOLING, Group.AT_RISK, Group.AT_RISK, Group.AT_RISK),
    1: (Group.LOST, Group.DORMANT, Group.DORMANT, Group.MUST_KEEP, Group.MUST_KEEP),
}


def scores(values: Sequence[Any]) -> list[int]:
    """The score of each value, as the job's SQL works it out."""
    ordered = sorted(values)
    lower = {value: place for place, value in reversed(list(enumerate(ordered)))}
    return [1 + BEST * lower[value] // len(values) for value in values]


def group_of(recency: int, frequency: int, monetary: int) -> Group:
    return GRID[recency][-(-(frequency + monetary) // 2) - 1]


def sql_case() -> str:
    """The grid as SQL over columns r, f and m."""
    cases = " ".join(
        f"WHEN r = {recency} AND (f + m + 1) / 2 = {place} THEN '{group.value}'"
        for recency, row in GRID.items()
        for place, group in enumerate(row, 1)
    )
    return f"CASE {cases} END"
