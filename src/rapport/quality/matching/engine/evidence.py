"""What spoke for and against a pair, from the columns of `scored`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.quality.matching.engine.spec import Model


def evidence(row: Mapping[str, Any], model: Model) -> list[dict[str, Any]]:
    """[{"field", "level", "weight"}], strongest first; weights in bits (the logarithm to base 2 of m/u, with how
    common the value is). Fields that one of the two lacks say nothing and are left out.
    """
    entries = []
    for comparison in model.comparisons:
        gamma = row.get(f"gamma_{comparison.name}")
        if gamma is None or gamma < 0:
            continue
        weight = float(row[f"weight_{comparison.name}"])
        entries.append(
            {"field": comparison.name, "level": comparison.level_names[gamma], "weight": round(weight, 2)}
        )
    return sorted(entries, key=lambda row: -abs(row["weight"]))
