"""What changed from one definition to another, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from rapport.journeys.editor import graph, naming, schemas
from rapport.journeys.editor.condition_form import shown
from rapport.journeys.editor.drawing import branch_label, title_of, words_of
from rapport.journeys.services import conditions


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. `tone` is "good" of what is new, "bad" of what is gone."""

    what: str
    before: str = ""
    after: str = ""
    tone: str = ""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Of the start and its rules, then step by step as they stand in the new one."""
    return [*_start(before, after), *_steps(before, after)]


def _start(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name, title in schemas.TITLES.items():
        old, new = before.get(name), after.get(name)
        if "." in name or old == new:
            continue
        tone = "good" if old is None else "bad" if new is None else ""
        yield Difference(str(title), setting_words(old), setting_words(new), tone)
    old_start, new_start = graph.start_of(before), graph.start_of(after)
    if old_start != new_start:
        yield Difference(
            _("First step"),
            _title(graph.steps_of(before), old_start),
            _title(graph.steps_of(after), new_start),
        )


def _steps(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    old_steps, new_steps = graph.steps_of(before), graph.steps_of(after)
    for name, step in new_steps.items():
        old = old_steps.get(name)
        if old is None:
            yield Difference(_("New: %(step)s") % {"step": title_of(step)}, "", words_of(step), "good")
        elif old != step:
            yield from _step(old, step, old_steps, new_steps)
    for name, step in old_steps.items():
        if name not in new_steps:
            yield Difference(_("Gone: %(step)s") % {"step": title_of(step)}, words_of(step), "", "bad")


def _step(
    old: Mapping[str, Any], new: Mapping[str, Any], old_steps: Mapping[str, Any], new_steps: Mapping[str, Any]
) -> Iterator[Difference]:
    title = title_of(new)
    properties = schemas.of_step(str(new.get("type", "")))["properties"]
    for name in dict.fromkeys([*old, *new]):
        if name != "next" and old.get(name) != new.get(name):
            schema = properties.get(name, {})
            label = str(schema.get("title", name)) if name != "type" else _("Kind of step")
            values = [setting_words(step.get(name), str(schema.get("format", ""))) for step in (old, new)]
            yield Difference(f"{title}: {label}", *values)
    for way in dict.fromkeys([*graph.branches_of(old), *graph.branches_of(new)]):
        was, there = graph.target(old, way), graph.target(new, way)
        if was != there:
            yield Difference(
                f"{title}: {branch_label(way)}", _title(old_steps, was), _title(new_steps, there)
            )


def _title(steps: Mapping[str, Any], name: str) -> str:
    if not name:
        return _("the journey ends")
    return title_of(steps[name]) if name in steps else name


def setting_words(value: Any, how: str = "") -> str:
    """A setting's value in words, a condition as a sentence."""
    if value is None:
        return _("nothing")
    if isinstance(value, str) and how in naming.FINDERS:
        return naming.FINDERS[how]({value}).get(value, value)
    if isinstance(value, Mapping):
        try:
            return conditions.words(value)
        except (KeyError, TypeError, StopIteration):
            return ", ".join(f"{_label(key)} {setting_words(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "; ".join(setting_words(inner) for inner in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(schemas.LABELS.get(value, shown(value))) if isinstance(value, str) else shown(value)


def _label(key: str) -> str:
    words: dict[str, str] = {
        "minutes": _("minutes:"),
        "hours": _("hours:"),
        "days": _("days:"),
        "weeks": _("weeks:"),
        "where": _("only if"),
        "event": _("event:"),
        "type": "",
    }
    return words.get(key, f"{key}:")
