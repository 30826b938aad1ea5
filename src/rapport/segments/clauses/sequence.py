"""{"sequence": [{"did": "A"}, {"did": "B", "within": "3d"}, {"did_not": "C", "within": "7d"}]}: one after another.

Each step comes strictly after the one before, not later than its `within`. A step `did_not` in the middle
must not happen before the next step; at the end, not within its time, which must have passed (without a
time: not since). `same` asks for the same value of a property in every step.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.segments.clauses import event_words, scope
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, next_change, times, tree
from rapport.segments.language.compilation import Compilation, milliseconds
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause, ClauseKind
from rapport.segments.language.values import event_property

MAX_STEPS = 10
_STEP_KEYS = frozenset({"did", "did_not", "within", "where"})


class SequenceClause(ClauseKind):
    name = "sequence"
    label = gettext_lazy("Sequence of events")
    icon = "route"
    markers = ("sequence",)
    keys = frozenset({"sequence", "same", "within", "between"})

    def schema(self) -> dict[str, Any]:
        timed = scope.schema()
        step = {
            "type": "object",
            "properties": {
                "did": NAME_SCHEMA,
                "did_not": NAME_SCHEMA,
                "within": {"type": "string", "pattern": "^[1-9][0-9]{0,4}(min|h|d|w)$"},
                "where": timed["where"],
            },
            "oneOf": [{"required": ["did"]}, {"required": ["did_not"]}],
            "additionalProperties": False,
        }
        steps = {"type": "array", "minItems": 2, "maxItems": MAX_STEPS, "items": step}
        whole = {"sequence": steps, "same": NAME_SCHEMA}
        return {
            "properties": {**whole, "within": timed["within"], "between": timed["between"]},
            "required": ["sequence"],
        }

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        scope.check_window(clause, pointer, report)
        if "same" in clause:
            tree.name_problem(clause["same"], _("property"), child(pointer, "same"), report, dotted=True)
        steps = clause["sequence"]
        if not isinstance(steps, list) or not 2 <= len(steps) <= MAX_STEPS:
            message = _("Write a list of 2 to %(n)d steps.")
            report.add(child(pointer, "sequence"), message % {"n": MAX_STEPS})
            return
        for index, step in enumerate(steps):
            here = child(child(pointer, "sequence"), index)
            _check_step(step, here, report)
            if isinstance(step, dict):
                _check_order(steps, index, here, report)

    def compile(self, clause: Clause, to: Compilation) -> str:
        steps = [_Step(clause, step, to) for step in clause["sequence"]]
        return f"notEmpty({_reached(steps, milliseconds(to.now))})"

    def describe(self, clause: Clause) -> str:
        steps = [step for step in clause.get("sequence") or [] if isinstance(step, dict)]
        text = _(", then ").join(_said(step) for step in steps) or "…"
        words = [_("has done in this order: %(steps)s") % {"steps": text}]
        if clause.get("same"):
            words.append(_("with the same %(name)s") % {"name": clause["same"]})
        return " ".join([*words, *event_words.window(clause)])

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        steps = [_Step(clause, step, to) for step in clause["sequence"]]
        return {f"step{n}_": f"length({step.events})" for n, step in enumerate(steps)}

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        return ", ".join(
            f"{step.get('did', step.get('did_not'))}: {values[f'step{n}_']}"
            for n, step in enumerate(clause["sequence"])
        )

    def blank(self) -> Clause:
        return {"sequence": [{"did": ""}, {"did": "", "within": "3d"}]}

    def moves_with_time(self, clause: Clause) -> bool:
        steps = [step for step in clause.get("sequence") or [] if isinstance(step, dict)]
        last = bool(steps) and "did_not" in steps[-1] and "within" in steps[-1]
        dated = any(
            comparisons.moves_with_time(condition)
            for step in steps
            for condition in step.get("where") or []
            if isinstance(condition, dict)
        )
        return last or dated or scope.moves_with_time(clause)

    def next_changes(self, clause: Clause, to: Compilation) -> list[str]:
        changes = [
            turn
            for step in clause["sequence"]
            for turn in scope.next_changes(_scoped(clause, step), _event(step), to)
        ]
        last = clause["sequence"][-1]
        if "did_not" in last and "within" in last:
            steps = [_Step(clause, step, to) for step in clause["sequence"][:-1]]
            now, length = milliseconds(to.now), next_change.fixed(last["within"])
            ends = f"arrayMap(z -> z.1 + {length} + 1, {_reached(steps, now)})"
            changes.append(f"nullIf(arrayMin(arrayFilter(z -> z > {now}, {ends})), 0)")
        return changes


class _Step:
    """The events of one step, as an array of (milliseconds, value of `same`)."""

    def __init__(self, clause: Clause, step: Clause, to: Compilation) -> None:
        fits = scope.fits(_scoped(clause, step), _event(step), to)
        same = "''"
        if "same" in clause:
            value = event_property(clause["same"]).text
            same, fits = f"ifNull({value}, '')", f"{fits} AND isNotNull({value})"
        pairs = f"groupArrayIf(tuple(toUnixTimestamp64Milli(at), {same}), {fits})"
        self.events = to.aggregate(pairs, "groupArrayArray")
        self.negative = "did_not" in step
        self.length = next_change.fixed(step["within"]) if "within" in step else None


def _reached(steps: list[_Step], now: int) -> str:
    """The events (as an array) with which all steps were reached."""
    reached, barrier = steps[0].events, None
    for n, step in enumerate(steps[1:], 1):
        if step.negative:
            barrier = step
            continue
        conditions = [f"s{n}.1 < e{n}.1", f"s{n}.2 = e{n}.2"]
        if step.length is not None:
            conditions.append(f"e{n}.1 <= s{n}.1 + {step.length}")
        if barrier is not None:
            conditions.append(_free(barrier, f"s{n}", f"c{n}.1 < e{n}.1", f"c{n}"))
        follows = f"arrayExists(s{n} -> {' AND '.join(conditions)}, {reached})"
        reached, barrier = f"arrayFilter(e{n} -> {follows}, {step.events})", None
    if barrier is None:
        return reached
    free = _free(barrier, "r", "1", "d")
    over = f"r.1 + {barrier.length} < {now}" if barrier.length is not None else "1"
    return f"arrayFilter(r -> {over} AND {free}, {reached})"


def _free(barrier: _Step, start: str, until: str, name: str) -> str:
    limit = f" AND {name}.1 <= {start}.1 + {barrier.length}" if barrier.length is not None else ""
    met = f"{name}.1 > {start}.1 AND {name}.2 = {start}.2 AND {until}{limit}"
    return f"NOT arrayExists({name} -> {met}, {barrier.events})"


def _scoped(clause: Clause, step: Clause) -> Clause:
    """The step's conditions in the window of the whole; a step's own `within` counts from the step before."""
    window = {key: clause[key] for key in ("within", "between") if key in clause}
    return {**window, "where": step.get("where", [])}


def _event(step: Clause) -> str:
    event: str = step["did_not"] if "did_not" in step else step["did"]
    return event


def _said(step: Clause) -> str:
    words = "“{}”".format(step.get("did") or step.get("did_not") or "…")
    if "did_not" in step:
        words = _("not %(event)s") % {"event": words}
    phrases = [words, *event_words.conditions(step)]
    if step.get("within"):
        phrases.append(_("within %(time)s") % {"time": times.duration_in_words(step["within"])})
    return " ".join(phrases)


def _check_step(step: Any, here: str, report: Report) -> None:
    if not isinstance(step, dict) or ("did" in step) == ("did_not" in step):
        report.add(here, _('A step looks like {"did": "Order Completed", "within": "3d"}.'))
        return
    tree.only_in(step, here, _STEP_KEYS, report)
    marker = "did_not" if "did_not" in step else "did"
    tree.name_problem(step[marker], _("event"), child(here, marker), report)
    scope.check_conditions(step, here, report)
    within = step.get("within", "1d")
    if not times.is_duration(within) or next_change.fixed(within) is None:
        report.add(child(here, "within"), _("A step's time is in minutes, hours, days or weeks: 3d."))


def _check_order(steps: list[Any], index: int, here: str, report: Report) -> None:
    step, before = steps[index], steps[index - 1] if index else None
    if index == 0 and "did_not" in step:
        report.add(here, _("A sequence begins with something done."))
    if index == 0 and "within" in step:
        report.add(child(here, "within"), _("The first step has no step before it."))
    if "did_not" in step and isinstance(before, dict) and "did_not" in before:
        report.add(here, _("Between two steps, one event can be ruled out."))
