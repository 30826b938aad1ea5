"""A draft as a graph, however wrong it is: which steps there are, where each leads, and where ways meet again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rapport.journeys.registry import STEP_KINDS

END = ""
Draft = Mapping[str, Any]


def steps_of(draft: Draft) -> dict[str, dict[str, Any]]:
    """The steps by name; what is no step is left out."""
    steps = draft.get("steps")
    if not isinstance(steps, Mapping):
        return {}
    return {str(name): dict(step) for name, step in steps.items() if isinstance(step, Mapping)}


def start_of(draft: Draft) -> str:
    start = draft.get("start")
    return start if isinstance(start, str) else END


def branches_of(step: Mapping[str, Any]) -> tuple[str, ...]:
    """The ways out of a step, also those that its settings name no more but its `next` still has."""
    kind = STEP_KINDS.get(str(step.get("type", "")))
    try:
        ways = kind.branches(step) if kind else ()
    except (KeyError, TypeError, ValueError, AttributeError):
        ways = ()
    after = step.get("next")
    more = tuple(str(way) for way in after) if isinstance(after, Mapping) else ()
    if kind is None and not more:
        more = ("next",)
    return tuple(dict.fromkeys((*ways, *more)))


def target(step: Mapping[str, Any], branch: str) -> str:
    """The step that a branch leads to; "" where the journey ends."""
    after = step.get("next")
    if isinstance(after, Mapping):
        after = after.get(branch)
    return after if isinstance(after, str) else END


def edges(steps: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """{step: where its branches lead}; what leads to no step ends."""
    return {
        name: tuple(
            there if (there := target(step, branch)) in steps else END for branch in branches_of(step)
        )
        or (END,)
        for name, step in steps.items()
    }


def meeting(steps: Mapping[str, Mapping[str, Any]]) -> dict[str, str | None]:
    """{step: the first step that all ways from it come to, "" if that is the end, None if they never end}."""
    after = edges(steps)
    everything = frozenset({*steps, END})
    passes: dict[str, frozenset[str]] = dict.fromkeys(steps, everything)
    passes[END] = frozenset({END})
    is_changed = True
    while is_changed:
        is_changed = False
        for name in reversed(list(steps)):
            new = frozenset.intersection(*(passes[there] for there in after[name])) | {name}
            if new != passes[name]:
                passes[name], is_changed = new, True
    ends = _ending(after)
    return {
        name: max(passes[name] - {name}, key=lambda step: len(passes[step])) if name in ends else None
        for name in steps
    }


def _ending(after: Mapping[str, Sequence[str]]) -> set[str]:
    """The steps from which there is a way to the end."""
    ends, is_changed = {END}, True
    while is_changed:
        more = {name for name, ways in after.items() if name not in ends and ends.intersection(ways)}
        ends |= more
        is_changed = bool(more)
    return ends


def reached(steps: Mapping[str, Mapping[str, Any]], start: str, beyond: str | None = None) -> list[str]:
    """The steps that one comes to from `start`, in the order of the flow, not going through `beyond`."""
    after, seen, waiting = edges(steps), dict[str, None](), [start]
    while waiting:
        name = waiting.pop()
        if name in steps and name not in seen and name != beyond:
            seen[name] = None
            waiting += reversed(after[name])
    return list(seen)


def block(draft: Draft, name: str) -> tuple[list[str], str | None]:
    """(a step with all that is its own: what one comes to by it alone, up to where its ways meet; that meeting)."""
    steps = steps_of(draft)
    meets = meeting(steps)[name]
    own = reached(steps, name, meets or None) if len(branches_of(steps[name])) > 1 else [name]
    after, from_start = edges(steps), set(reached(steps, start_of(draft)))
    while True:
        outside = {there for step in from_start.difference(own) for there in after[step]}
        kept = [step for step in own if step == name or (step not in outside and step != start_of(draft))]
        # Whatever is reached only through what was given up is given up too.
        inside = [step for step in kept if step in _within(after, name, set(kept))]
        if inside == own:
            return own, meets
        own = inside


def _within(after: Mapping[str, Sequence[str]], start: str, allowed: set[str]) -> set[str]:
    seen, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name in allowed and name not in seen:
            seen.add(name)
            waiting += after[name]
    return seen
