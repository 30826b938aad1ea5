"""How a sequence is edited: its steps one below the other, each with its event, its time and its conditions."""

from __future__ import annotations

from typing import Any

from rapport.segments.builder import event_form
from rapport.segments.builder.fields import Fields
from rapport.segments.clauses.sequence import MAX_STEPS

Clause = dict[str, Any]
STEP_KEYS = frozenset({"did", "did_not", "within", "where"})
KEYS = frozenset({"sequence", "same", "within", "between"})


def read(fields: Fields) -> Clause:
    clause: Clause = {"sequence": [_read_step(fields, index) for index in range(fields.size("steps"))]}
    if same := fields.text("same"):
        clause["same"] = same
    window = event_form.read_window(fields)
    return clause | {key: value for key, value in window.items() if key in KEYS}


def _read_step(fields: Fields, index: int) -> Clause:
    prefix = f"s{index}."
    marker = "did_not" if fields.text(f"{prefix}marker") == "did_not" else "did"
    step: Clause = {marker: fields.text(f"{prefix}name")}
    if fields.text(f"{prefix}timed") == "within":
        step["within"] = fields.text(f"{prefix}number") + fields.text(f"{prefix}unit")
    if conditions := event_form.read_conditions(fields, prefix):
        step["where"] = conditions
    return step


def show(clause: Clause) -> dict[str, Any]:
    steps = clause.get("sequence") or []
    return {
        "steps": [_show_step(step, index, len(steps)) for index, step in enumerate(steps)],
        "may_add": len(steps) < MAX_STEPS,
        "same": clause.get("same", ""),
        **event_form.show_window(clause),
    }


def _show_step(step: Clause, index: int, number: int) -> dict[str, Any]:
    length, unit = event_form.split_time(str(step.get("within", "")), "3", "d")
    return {
        "index": index,
        "base": f"s{index}.",
        "argument": f"s{index}",
        "place": index + 1,
        "is_first": index == 0,
        "is_last": index == number - 1,
        "may_go": number > 2,
        "marker": "did_not" if "did_not" in step else "did",
        "name": step.get("did_not", step.get("did", "")),
        "is_timed": "within" in step,
        "number": length,
        "unit": unit,
        "conditions": event_form.show_conditions(step, f"s{index}.", f"s{index}"),
    }


def editable(clause: Clause) -> bool:
    """Whether the form can say all that the clause says."""
    steps = clause.get("sequence")
    if not isinstance(steps, list) or not set(clause) <= KEYS or ("within" in clause and "between" in clause):
        return False
    return all(
        isinstance(step, dict) and set(step) <= STEP_KEYS and event_form.plain_conditions(step)
        for step in steps
    )


def change(clause: Clause, verb: str, argument: str) -> None:
    """What a button does to the steps: step+, step-, step-up, step-down."""
    steps: list[Clause] = clause.setdefault("sequence", [])
    if verb == "step+":
        if len(steps) < MAX_STEPS:
            steps.append({"did": "", "within": "3d"})
        return
    index = int(argument.removeprefix("s")) if argument.removeprefix("s").isdigit() else -1
    if not 0 <= index < len(steps):
        return
    if verb == "step-" and len(steps) > 2:
        del steps[index]
    elif verb in {"step-up", "step-down"}:
        other = index + (1 if verb == "step-down" else -1)
        if 0 <= other < len(steps):
            steps[index], steps[other] = steps[other], steps[index]
    # The first step follows on nothing, so it has no time to come in.
    if steps:
        steps[0].pop("within", None)
