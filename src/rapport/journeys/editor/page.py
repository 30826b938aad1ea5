"""What the pages of the editor show: the flow of a draft, and the side sheet of one of its parts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.governance.models import Purpose
from rapport.governance.registry import default_channel
from rapport.journeys.editor import condition_form, graph, schemas
from rapport.journeys.editor.choices import Choices
from rapport.journeys.editor.drawing import draw, title_of, words_of
from rapport.journeys.editor.fields import Drawer
from rapport.journeys.flow import in_order, trigger_words
from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services import conditions, definitions
from rapport.journeys.services.definitions import Problem

START = ""  # the part of a draft that is no step


def as_text(draft: Any) -> str:
    """The draft as people read it."""
    return json.dumps(in_order(draft), indent=2, ensure_ascii=False)


def flow_context(draft: Mapping[str, Any], figures: Mapping[str, Any], *, may_edit: bool) -> dict[str, Any]:
    """The whole flow, with what is wrong on the step that it is about."""
    problems = definitions.check(draft)
    drawing = draw(draft, problems, figures)
    return {
        "drawing": drawing,
        "problems": problems,
        "start_problems": [problem.message for problem in problems if not _is_of_step(problem)],
        "sentences": sentences(draft),
        "may_edit": may_edit,
    }


def _is_of_step(problem: Problem) -> bool:
    return problem.pointer.startswith("/steps/")


def sentences(draft: Mapping[str, Any]) -> list[tuple[str, str]]:
    """[(what, in words)] of all that is no step; what cannot be said is left out."""
    lines: list[tuple[str, str]] = []
    for name, say in _SENTENCES.items():
        value = draft.get(name)
        try:
            words = say(value) if value else ""
        except Exception:
            # A draft may hold anything in these places; the checks say what is wrong.
            words = "…"
        if words:
            lines.append((str(schemas.TITLES[name]), words))
    return lines


def _trigger(value: Mapping[str, Any]) -> str:
    where = conditions.words(value["where"]) if value.get("where") else ""
    return ", ".join(filter(None, [trigger_words(value), where]))


def _entry(value: Mapping[str, Any]) -> str:
    if value.get("again") == "after":
        return _("again after %(days)s days") % {"days": value.get("days", "…")}
    return _("as often as it happens") if value.get("again") == "always" else _("once")


def _event(value: Mapping[str, Any]) -> str:
    where = conditions.words(value["where"]) if value.get("where") else ""
    return ", ".join(filter(None, [_("when “%(name)s” happens") % {"name": value.get("event", "…")}, where]))


def _late(value: Mapping[str, Any]) -> str:
    words = _("whoever is more than %(hours)s hours late goes on")
    if value["then"] == "end":
        words = _("whoever is more than %(hours)s hours late leaves")
    return words % {"hours": value["hours"]}


_SENTENCES: dict[str, Any] = {
    "trigger": _trigger,
    "entry": _entry,
    "audience": conditions.words,
    "goal": _event,
    "exits": lambda rows: "; ".join(_event(row) for row in rows),
    "late": _late,
    "holdout": lambda share: _("%(share)s %% are held back, so that the effect shows") % {"share": share},
}


def sheet_context(actor: Actor, draft: Mapping[str, Any], part: str) -> dict[str, Any]:
    """The form of a step, or of the journey's start."""
    steps = graph.steps_of(draft)
    step = steps.get(part)
    value = (
        step if step is not None else {key: draft[key] for key in draft if key not in schemas.NOT_SETTINGS}
    )
    schema = schemas.of_step(str(step.get("type", ""))) if step is not None else schemas.of_start()
    problems = list(_problems_of(definitions.check(draft), part, step is not None))
    drawer = Drawer(Choices(actor, _events(draft, step), _answers(steps)), problems)
    fields = drawer.group("s", schema, value)
    kind = STEP_KINDS.get(str(step.get("type", ""))) if step is not None else None
    return {
        "part": part if step is not None else START,
        "is_step": step is not None,
        "title": title_of(step) if step is not None else _("Who enters, and until when"),
        "kind": kind,
        "words": words_of(step) if step is not None else "",
        "fields": fields,
        "problems": drawer.left(),
        "suggestions": drawer.suggested(),
        "weekdays": list(enumerate(WEEKDAYS[number] for number in range(7))),
        "groups": condition_form.GROUPS,
        "operators": conditions.OPERATORS,
        "has_ways": step is not None and len(graph.branches_of(step)) > 1,
    }


def _problems_of(problems: Iterable[Problem], part: str, is_step: bool) -> Iterable[tuple[str, str]]:
    """(path of the sheet, words) of what is wrong in it."""
    for problem in problems:
        if is_step and (problem.pointer + "/").startswith(f"/steps/{part}/"):
            yield f"s{problem.pointer.removeprefix(f'/steps/{part}')}", problem.message
        elif not is_step and not problem.pointer.startswith(("/steps", "/start")):
            yield f"s{problem.pointer.rstrip('/')}", problem.message


def _events(draft: Mapping[str, Any], step: Mapping[str, Any] | None) -> list[str]:
    trigger = draft.get("trigger")
    names = [trigger.get("event", "") if isinstance(trigger, Mapping) else "", (step or {}).get("event", "")]
    return [name for name in names if isinstance(name, str)]


def _answers(steps: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(f"{name}.", title_of(step)) for name, step in steps.items() if step.get("type") == "wait_event"]


def new_step(step_type: str) -> dict[str, Any]:
    """A step as it is put in, with the usual channel and purpose."""
    step = schemas.new_step(step_type)
    for name, schema in schemas.of_step(step_type)["properties"].items():
        if name in schemas.of_step(step_type)["required"] and name not in step:
            if schema.get("format") == "channel":
                step[name] = default_channel().key
            elif schema.get("format") == "purpose":
                first = Purpose.objects.filter(archived_at=None).order_by("position", "key").first()
                step |= {name: first.key} if first else {}
    return step


def kinds() -> Sequence[Any]:
    return sorted(STEP_KINDS, key=lambda kind: str(kind.label).casefold())
