"""How a matching model is written down: comparisons, their levels of agreement, blocking keys."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement. `sql` compares columns x_l and x_r; `term` adjusts by how common its value is.

    `fixed`: not learned. `most`: no larger m is believed: where the birthdays of most pairs differ, what was learned is
    the household, not the person.
    """

    name: str
    sql: str
    m: float
    u: float
    term: str = ""
    fixed: bool = False
    most: float = 1.0


@dataclass(frozen=True, slots=True)
class Key:
    """A blocking key: SQL over `records`. A block that explodes is cut by each of the columns `further` instead."""

    sql: str
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One piece of evidence, best level first; what fits no level falls on "else".

    It says nothing (is null) where neither of `columns` is filled on both sides. Comparisons of one `group` depend on
    one another (street, town and country): only the strongest that speaks for and the strongest that speaks against
    count.
    """

    name: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]
    else_m: float
    else_u: float
    else_fixed: bool = False
    else_most: float = 1.0
    group: str = ""

    @property
    def level_names(self) -> tuple[str, ...]:
        """Names by gamma: 0 is "else", the highest is the best."""
        return ("else", *(level.name for level in reversed(self.levels)))

    @property
    def fixed(self) -> frozenset[str]:
        """The levels whose weight is not learned."""
        fixed = {level.name for level in self.levels if level.fixed}
        return frozenset(fixed | {"else"} if self.else_fixed else fixed)

    def most(self) -> list[float]:
        """The greatest m of each level, by gamma."""
        return [self.else_most, *(level.most for level in reversed(self.levels))]

    def shipped(self) -> dict[str, dict[str, float]]:
        """{level: m and u} before anything is learned."""
        levels = {level.name: {"m": level.m, "u": level.u} for level in self.levels}
        return levels | {"else": {"m": self.else_m, "u": self.else_u}}


@dataclass(frozen=True, slots=True)
class Model:
    """A whole model.

    `scarce` are terms by how many other names may have a value before it counts as common: below, what is known of the
    column as a whole says more than such counts, which duplicates with slips in their names raise.
    `distinct` is the column by whose different values a term is counted: a name that ten records of one person share
    is no commoner for it. `places` are columns, widest first, within which the terms `local` are counted too: a surname
    that is rare in the world may be every third one in its town. `products` are terms made of others, which are as
    common as their parts at least. `sure` names columns that hardly two strangers share together. `contradictions` are
    SQL conditions under which a pair is never merged without a person's decision.
    """

    kind: str
    comparisons: tuple[Comparison, ...]
    keys: dict[str, Key]
    sure: tuple[tuple[str, ...], ...]
    scarce: dict[str, int] = field(default_factory=dict)
    distinct: dict[str, str] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    products: dict[str, tuple[str, ...]] = field(default_factory=dict)
    contradictions: tuple[str, ...] = ()

    def used(self, filled: Collection[str]) -> tuple[Comparison, ...]:
        """The comparisons that can say something where the columns `filled` hold values."""
        return tuple(
            comparison
            for comparison in self.comparisons
            if any(column in filled for column in comparison.columns)
        )

    def shipped(self, filled: Collection[str], share: float) -> dict[str, Any]:
        """Parameters before anything is learned: the share of matches among all pairs, and m and u by level."""
        return {
            "share": share,
            "levels": {comparison.name: comparison.shipped() for comparison in self.used(filled)},
        }
