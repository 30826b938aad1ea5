"""A definition as rows to look at: its steps in the order in which people come to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services.definitions import Definition, following


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A step; or, with `goes_to`, that a branch leads to a step which stands elsewhere, or out ("")."""

    depth: int
    branch: str
    step: str = ""
    title: str = ""
    words: str = ""
    icon: str = ""
    standing: int = 0
    goes_to: str | None = None


def flow(definition: Definition, standing: Mapping[str, int]) -> list[FlowRow]:
    """The rows of a definition that was checked; each step once."""
    rows: list[FlowRow] = []
    placed: set[str] = set()
    waiting: list[tuple[int, str, str]] = [(0, "", definition["start"])]
    steps: Mapping[str, Any] = definition["steps"]
    while waiting:
        depth, branch, name = waiting.pop()
        if not name or name in placed:
            if branch or name:
                rows.append(FlowRow(depth, branch, goes_to=name))
            continue
        placed.add(name)
        step = steps[name]
        kind = STEP_KINDS[step["type"]]
        rows.append(
            FlowRow(
                depth,
                branch,
                name,
                step.get("title") or str(kind.label),
                kind.words(step),
                kind.icon,
                standing.get(name, 0),
            )
        )
        branches = kind.branches(step)
        inside = depth + (len(branches) > 1)
        for way in reversed(branches):
            waiting.append((inside, way if len(branches) > 1 else "", following(step, way)))
    return rows
