"""Where steps lead: who never comes to one, and what can never be learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from rapport.journeys.registry import STEP_KINDS, Config
from rapport.journeys.services.problem_words import Problem

Definition = Mapping[str, Any]


def following(step: Config, branch: str) -> str:
    """The step that a branch leads to; "" where the journey ends."""
    after = step.get("next", "")
    if isinstance(after, str):
        return after
    return str(after.get(branch, ""))


def unreached(definition: Definition) -> list[Problem]:
    """Steps that nobody ever comes to: somebody forgot to connect them."""
    steps = definition["steps"]
    lost = [name for name in steps if name not in _behind(steps, [definition["start"]])]
    return [Problem(f"/steps/{name}", _("Nothing leads to this step.")) for name in lost]


def _behind(steps: Mapping[str, Any], waiting: list[str]) -> set[str]:
    """These steps and all that ways lead to from them."""
    reached: set[str] = set()
    while waiting:
        if (name := waiting.pop()) not in reached:
            reached.add(name)
            waiting += _after(steps[name])
    return reached


def _after(step: Config) -> list[str]:
    return [after for branch in STEP_KINDS[step["type"]].branches(step) if (after := following(step, branch))]


def never_learning(definition: Definition) -> list[Problem]:
    """What worked is what led to the goal while they were still on the journey."""
    steps, words = (
        definition["steps"],
        _("To learn it needs a goal of the journey, and a step after it that waits for it."),
    )
    kinds = {name: STEP_KINDS[step["type"]] for name, step in steps.items()}
    waits = {name for name, kind in kinds.items() if kind.waits and not kind.templates(steps[name])}
    return [
        Problem(f"/steps/{name}/by", words)
        for name, step in steps.items()
        if step["type"] == "decide"
        and step.get("by") != "rules"
        and len(step["options"]) > 1
        and not ("goal" in definition and waits & _behind(steps, _after(step)))
    ]
