"""A definition as rows to look at: its steps in the order in which people come to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services import triggers
from rapport.journeys.services.definitions import Definition
from rapport.journeys.services.ways import following


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


TOP_LEVEL = ("trigger", "entry", "audience", "stay", "goal", "exits", "late", "holdout", "start", "steps")
FIRST, LAST = ("type", "title", "note"), ("next",)


def in_order(definition: Any) -> Any:
    """A draft as people write it, however it is stored: its parts, the steps as people come to them, their settings."""
    if not isinstance(definition, Mapping) or not isinstance(definition.get("steps"), Mapping):
        return definition
    steps = definition["steps"]
    names = [*_as_they_follow(definition), *steps]
    ordered = {name: _step_in_order(steps[name]) for name in dict.fromkeys(names) if name in steps}
    top_level = {key: definition[key] for key in (*TOP_LEVEL, *sorted(definition)) if key in definition}
    return {**top_level, "steps": ordered}


def _as_they_follow(definition: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    waiting = [definition.get("start")]
    while waiting:
        name = waiting.pop(0)
        step = definition["steps"].get(name) if isinstance(name, str) else None
        if not isinstance(step, Mapping) or name in names:
            continue
        names.append(str(name))
        after = step.get("next")
        waiting += list(after.values()) if isinstance(after, Mapping) else [after]
    return names


def _step_in_order(step: Any) -> Any:
    if not isinstance(step, Mapping):
        return step
    middle = [key for key in step if key not in {*FIRST, *LAST}]
    return {key: step[key] for key in (*FIRST, *middle, *LAST) if key in step}


def trigger_words(trigger: Mapping[str, Any]) -> str:
    """How people come in, in words."""
    return triggers.words(trigger)
