"""What can be done to a draft in the editor. Each gives a new draft and loses no step, whatever the draft looks like.

A place is where a step may stand: (step, branch) is that way out of a step, ("", "") the beginning, and (step, "*")
where all ways of a step come together again. Steps that nothing leads to any more stay, and the checks say so.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.journeys.editor import graph
from rapport.journeys.editor.graph import END
from rapport.journeys.services.definitions import MOST_STEPS

ALL = "*"
_LONGEST_NAME = 40
_NAME = re.compile(r"[a-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Place:
    step: str = ""
    branch: str = ""


class Flow:
    """A draft that is being changed. `reserved` are names of published steps: a new one gets none of these."""

    def __init__(self, draft: Mapping[str, Any], reserved: Collection[str] = ()) -> None:
        if not isinstance(draft.get("steps", {}), Mapping):
            raise ValidationError(_("The steps cannot be read. Mend them as JSON first."))
        self.draft: dict[str, Any] = copy.deepcopy(dict(draft))
        self.steps: dict[str, dict[str, Any]] = graph.steps_of(self.draft)
        self.reserved = set(reserved)

    def result(self) -> dict[str, Any]:
        """The draft as it is now; what is no step stays in it until somebody mends it."""
        unreadable = {name: step for name, step in self._given().items() if not isinstance(step, Mapping)}
        return {**self.draft, "start": graph.start_of(self.draft), "steps": {**self.steps, **unreadable}}

    def step(self, name: str) -> dict[str, Any]:
        """Raises ValidationError."""
        if name not in self.steps:
            raise ValidationError(_("There is no step “%(name)s”.") % {"name": name})
        return self.steps[name]

    def exits(self, place: Place) -> list[tuple[str, str]]:
        """The (step, branch) whose ways go through a place."""
        if not place.step:
            return [("", "")]
        if place.branch != ALL:
            if place.branch not in graph.branches_of(self.step(place.step)):
                raise ValidationError(_("There is no branch “%(name)s”.") % {"name": place.branch})
            return [(place.step, place.branch)]
        self.step(place.step)
        own, meets = graph.block(self.draft_now(), place.step)
        return self.leaving(own, meets)

    def leaving(self, own: Sequence[str], meets: str | None) -> list[tuple[str, str]]:
        """The ways out of some steps that lead to where theirs meet."""
        return [
            (name, branch)
            for name in own
            for branch in graph.branches_of(self.steps[name])
            if meets is not None and self.leads_to(name, branch) == meets
        ]

    def draft_now(self) -> dict[str, Any]:
        return {**self.draft, "steps": self.steps}

    def leads_to(self, name: str, branch: str) -> str:
        if not name:
            start = graph.start_of(self.draft)
            return start if start in self.steps else END
        there = graph.target(self.steps[name], branch)
        return there if there in self.steps else END

    def lead(self, name: str, branch: str, there: str) -> None:
        """Lets a way go to a step, or to the end."""
        if not name:
            self.draft["start"] = there
            return
        step = self.steps[name]
        ways = {way: graph.target(step, way) for way in graph.branches_of(step)}
        ways[branch] = there
        step.pop("next", None)
        open_ways = {way: after for way, after in ways.items() if after}
        if list(ways) == ["next"]:
            step |= {"next": there} if there else {}
        elif open_ways:
            step["next"] = open_ways

    def free_name(self, wish: str) -> str:
        """A name that no step has or had."""
        base = re.sub(r"[^a-z0-9_-]+", "_", wish.lower()).strip("_")[: _LONGEST_NAME - 4] or "step"
        base = re.sub(r"_\d+$", "", base) or base
        taken = {*self.steps, *self.reserved, *self._given()}
        number = 1
        while (name := base if number == 1 else f"{base}_{number}") in taken:
            number += 1
        return name

    def _given(self) -> Mapping[str, Any]:
        given: Mapping[str, Any] = self.draft.get("steps", {})
        return given


def insert(flow: Flow, place: Place, config: Mapping[str, Any]) -> str:
    """Puts a new step in; what came there comes after it, on every way of it. Returns its name."""
    return paste(flow, place, {"step": {**config}}, "step", wish=str(config.get("type", "step")))


def paste(
    flow: Flow, place: Place, copied: Mapping[str, Mapping[str, Any]], start: str, wish: str = ""
) -> str:
    """Puts copies of some steps in; their open ways lead on to what came there. Returns the first one's name."""
    if len(flow.steps) + len(copied) > MOST_STEPS:
        raise ValidationError(_("A journey has at most %(n)d steps.") % {"n": MOST_STEPS})
    exits = flow.exits(place)
    after = flow.leads_to(*exits[0]) if exits else END
    named: dict[str, str] = {}
    for name, step in copied.items():
        named[name] = flow.free_name(wish or name)
        flow.steps[named[name]] = copy.deepcopy(dict(step))
    for new in named.values():
        step = flow.steps[new]
        ways = {way: named.get(graph.target(step, way), after) for way in graph.branches_of(step)}
        step.pop("next", None)
        for way, there in ways.items():
            flow.lead(new, way, there)
        _rename_answers(step, named)
    for name, branch in exits:
        flow.lead(name, branch, named[start])
    return named[start]


def delete(flow: Flow, name: str, *, with_branches: bool = False) -> None:
    """Takes a step out, or all that is its own; whatever led to it leads on to where it led."""
    flow.step(name)
    own, meets = graph.block(flow.draft_now(), name)
    gone = own if with_branches else [name]
    if with_branches:
        after = meets or END
    else:
        ways = [flow.leads_to(name, way) for way in graph.branches_of(flow.steps[name])]
        after = next((there for there in ways if there and there != name), END)
    _bypass(flow, gone, after)
    for step in gone:
        del flow.steps[step]


def move(flow: Flow, name: str, place: Place) -> None:
    """Puts a step, with all that is its own, somewhere else."""
    flow.step(name)
    own, meets = graph.block(flow.draft_now(), name)
    exits = flow.exits(place)
    if place.step in own and not (place.branch == ALL and place.step != name):
        if place.step == name:
            return
        raise ValidationError(_("A step cannot be moved into itself."))
    if any(step in own for step, _branch in exits):
        raise ValidationError(_("A step cannot be moved into itself."))
    out = flow.leaving(own, meets)
    _bypass(flow, own, meets or END)
    after = flow.leads_to(*exits[0]) if exits else END
    if after in own:
        after = meets or END
    for step, branch in exits:
        flow.lead(step, branch, name)
    for step, branch in out:
        flow.lead(step, branch, after)


def connect(flow: Flow, place: Place, there: str) -> None:
    """Lets a way lead to a step that there is, or end."""
    if there:
        flow.step(there)
    for name, branch in flow.exits(place):
        flow.lead(name, branch, there)


def change(flow: Flow, name: str, config: Mapping[str, Any]) -> None:
    """Gives a step other settings; its ways go where they went, also those that got another name."""
    before = flow.step(name)
    was = list(graph.branches_of({**before, "next": {}}))
    targets = {way: flow.leads_to(name, way) for way in graph.branches_of(before)}
    step = copy.deepcopy({key: value for key, value in config.items() if key != "next"})
    flow.steps[name] = step
    now = list(graph.branches_of(step))
    gone = [way for way in was if way not in now]
    new = [way for way in now if way not in was]
    renamed = dict(zip(gone, new, strict=False)) if len(was) == len(now) else {}
    for way, there in targets.items():
        if there and (renamed.get(way, way) in now or way not in was):
            flow.lead(name, renamed.get(way, way), there)


def copied(draft: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A step with all that is its own, as it is put into the clipboard."""
    flow = Flow(draft)
    flow.step(name)
    own, _meets = graph.block(draft, name)
    steps = {step: copy.deepcopy(flow.steps[step]) for step in own}
    for step in own:
        for way in graph.branches_of(flow.steps[step]):
            if flow.leads_to(step, way) not in own:
                flow.lead(step, way, END)
        steps[step] = flow.steps[step]
    return {"rapport": "journey-steps", "start": name, "steps": steps}


def _bypass(flow: Flow, gone: Sequence[str], after: str) -> None:
    """Whatever leads into some steps from elsewhere leads on to what comes after them."""
    incoming = [("", "")] if flow.leads_to("", "") in gone else []
    incoming += [
        (name, branch)
        for name, step in flow.steps.items()
        if name not in gone
        for branch in graph.branches_of(step)
        if graph.target(step, branch) in gone
    ]
    for name, branch in incoming:
        flow.lead(name, branch, END if after == name else after)


def _rename_answers(value: Any, named: Mapping[str, str]) -> None:
    """Conditions name answers by the step that got them: copies ask their own."""
    if isinstance(value, dict):
        path = value.get("answer")
        if isinstance(path, str) and "op" in value:
            first, dot, rest = path.partition(".")
            value["answer"] = f"{named.get(first, first)}{dot}{rest}"
        for inner in value.values():
            _rename_answers(inner, named)
    elif isinstance(value, list):
        for inner in value:
            _rename_answers(inner, named)


def from_clipboard(text: Any) -> tuple[dict[str, Any], str]:
    """(steps, first) of what `copied` gave. Raises ValidationError."""
    given: Mapping[str, Any] = text if isinstance(text, Mapping) else {}
    steps, start = given.get("steps"), given.get("start")
    if not isinstance(steps, Mapping) or not 0 < len(steps) <= MOST_STEPS or start not in steps:
        raise ValidationError(_("The clipboard holds no steps of a journey."))
    if not all(_NAME.fullmatch(str(name)) and isinstance(step, Mapping) for name, step in steps.items()):
        raise ValidationError(_("The clipboard holds no steps of a journey."))
    return {name: dict(step) for name, step in steps.items()}, str(start)
