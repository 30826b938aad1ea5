"""How a matching model is written down, and how Splink reads it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement. `sql` compares columns x_l and x_r; `term` adjusts by how common its value is.

    `fixed`: not learned.
    """

    name: str
    sql: str
    m: float
    u: float
    term: str = ""
    fixed: bool = False

    @property
    def exact(self) -> str:
        """The column that must be equal and nothing else; empty when the level asks for more or less."""
        match = re.fullmatch(r"(\w+)_l = \1_r", self.sql)
        return match[1] if match else ""


@dataclass(frozen=True, slots=True)
class Key:
    """A blocking key: SQL over `records`. A block that explodes is cut by each of the columns `further` instead."""

    sql: str
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One piece of evidence, best level first; what fits no level falls on "else".

    It says nothing (is null) where neither of `columns` is filled on both sides.
    """

    name: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]
    else_m: float
    else_u: float
    else_fixed: bool = False

    @property
    def level_names(self) -> tuple[str, ...]:
        """Names by Splink's gamma value: 0 is "else", the highest is the best."""
        return ("else", *(level.name for level in reversed(self.levels)))

    def splink(self) -> dict[str, Any]:
        absent = " AND ".join(f"({column}_l IS NULL OR {column}_r IS NULL)" for column in self.columns)
        levels: list[dict[str, Any]] = [
            {"sql_condition": absent, "label_for_charts": "null", "is_null_level": True}
        ]
        for level in self.levels:
            written: dict[str, Any] = {
                "sql_condition": level.sql,
                "label_for_charts": level.name,
                "m_probability": level.m,
                "u_probability": level.u,
            }
            if level.fixed:
                written |= {"fix_m_probability": True, "fix_u_probability": True}
            levels.append(written)
        last: dict[str, Any] = {"m_probability": self.else_m, "u_probability": self.else_u}
        if self.else_fixed:
            last["fix_m_probability"] = True
        levels.append({"sql_condition": "ELSE", "label_for_charts": "else", **last})
        return {"output_column_name": self.name, "comparison_levels": levels}


@dataclass(frozen=True, slots=True)
class Model:
    """A whole model: comparisons, blocking keys, what makes a pair sure, and training blocks (columns of `records`)."""

    kind: str
    comparisons: tuple[Comparison, ...]
    keys: dict[str, Key]
    sure: tuple[tuple[str, ...], ...]
    training: tuple[tuple[str, ...], ...]

    def used(self, filled: Collection[str]) -> tuple[Comparison, ...]:
        """The comparisons that can say something where the columns `filled` hold values."""
        return tuple(
            comparison
            for comparison in self.comparisons
            if any(column in filled for column in comparison.columns)
        )

    def settings(self, filled: Collection[str]) -> dict[str, Any]:
        """Splink's settings for training on data in which the columns `filled` hold values."""
        return {
            "link_type": "dedupe_only",
            "unique_id_column_name": "rid",
            "comparisons": [level.splink() for level in self.used(filled)],
            "blocking_rules_to_generate_predictions": [],
            "retain_matching_columns": False,
            "retain_intermediate_calculation_columns": False,
            "max_iterations": 20,
            "em_convergence": 0.001,
        }
