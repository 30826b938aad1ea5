"""The editor's operations: whatever is done to whatever draft, no step is lost, all are drawn, and checks answer."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.journeys.editor import graph, operations
from rapport.journeys.editor.drawing import Card, Drawing, Line, draw
from rapport.journeys.editor.operations import ALL, Flow, Place
from rapport.journeys.services import definitions

WAIT = {"type": "wait", "for": {"days": 1}}
KINDS: list[dict[str, Any]] = [
    WAIT,
    {"type": "end"},
    {"type": "if", "if": {"trait": "city", "op": "exists"}},
    {"type": "share", "shares": {"a": 1, "b": 1, "c": 1}},
    {"type": "wait_event", "event": "Order Completed", "for": {"days": 1}},
    {"type": "gone_plugin", "x": 1},
    {"type": "share"},
]


def journey(steps: dict[str, Any], start: str = "a") -> dict[str, Any]:
    return {"trigger": {"type": "api"}, "start": start, "steps": steps}


def cards(drawing: Drawing) -> list[Card]:
    every: list[Card] = []

    def walk(line: Line) -> None:
        for card in line.cards:
            every.append(card)
            for way in card.ways:
                walk(way.line)

    for line in [drawing.line, *drawing.loose]:
        walk(line)
    return every


def places(flow: Flow) -> list[Place]:
    ways = [Place(name, way) for name, step in flow.steps.items() for way in (*graph.branches_of(step), ALL)]
    return [Place(), *ways]


def do_something(dice: random.Random, flow: Flow) -> int:
    """Does something at random; returns how many steps there should be more."""
    names, place = list(flow.steps), dice.choice(places(flow))
    what = dice.choice(["insert", "insert", "move", "paste", "delete", "branch", "connect", "change"])
    if what == "insert" or not names:
        operations.insert(flow, place, dice.choice(KINDS))
        return 1
    name = dice.choice(names)
    own, _meets = graph.block(flow.draft_now(), name)
    if what == "move":
        operations.move(flow, name, place)
    elif what == "paste":
        steps, start = operations.from_clipboard(operations.copied(flow.draft_now(), name))
        operations.paste(flow, place, steps, start)
        return len(own)
    elif what == "connect":
        operations.connect(flow, place, dice.choice([*names, ""]))
    elif what == "change":
        operations.change(flow, name, dice.choice(KINDS))
    else:
        operations.delete(flow, name, with_branches=what == "branch")
        return -len(own) if what == "branch" else -1
    return 0


@pytest.mark.parametrize("run", range(20))
def test_no_operation_loses_a_step_and_each_is_drawn_once(run, db):
    dice = random.Random(f"{os.environ.get('RAPPORT_TEST_SEED')} {run}")
    draft = journey({"a": WAIT})
    for _turn in range(25):
        flow = Flow(draft)
        before = len(flow.steps)
        try:
            more = do_something(dice, flow)
        except ValidationError:
            continue
        draft = flow.result()
        assert len(draft["steps"]) == before + more
        drawn = cards(draw(draft, definitions.check(draft)))
        assert sorted(card.name for card in drawn) == sorted(draft["steps"])
        for step in draft["steps"].values():
            assert all(not way or way in draft["steps"] for way in _ways(step))


def _ways(step: dict[str, Any]) -> list[str]:
    after = step.get("next", "")
    return [after] if isinstance(after, str) else list(after.values())


FORK = journey(
    {
        "a": {**WAIT, "next": "fork"},
        "fork": {**KINDS[2], "next": {"yes": "left", "no": "right"}},
        "left": {**WAIT, "next": "last"},
        "right": {**WAIT, "next": "last"},
        "last": WAIT,
    }
)


def done(what: Any, *given: Any, **more: Any) -> dict[str, Any]:
    flow = Flow(FORK)
    what(flow, *given, **more)
    return {name: step.get("next") for name, step in flow.result()["steps"].items()}


def test_a_step_put_below_a_fork_is_passed_by_all_its_ways():
    assert done(operations.insert, Place("fork", ALL), WAIT) == {
        "a": "fork",
        "fork": {"yes": "left", "no": "right"},
        "left": "wait",
        "right": "wait",
        "last": None,
        "wait": "last",
    }


def test_a_fork_moves_with_its_ways():
    after = done(operations.move, "fork", Place("last", "next"))
    assert after == {
        "a": "last",
        "last": "fork",
        "fork": {"yes": "left", "no": "right"},
        "left": None,
        "right": None,
    }


def test_deleting_closes_the_gap():
    assert done(operations.delete, "left")["fork"] == {"yes": "last", "no": "right"}
    assert done(operations.delete, "fork", with_branches=True) == {"a": "last", "last": None}
    assert done(operations.delete, "fork")["a"] == "left"


def test_ways_are_drawn_side_by_side_and_meet_again(db):
    drawing = draw(FORK)
    first, fork, last = drawing.line.cards
    assert (first.name, fork.name, last.name) == ("a", "fork", "last")
    assert [[card.name for card in way.line.cards] for way in fork.ways] == [["left"], ["right"]]
    assert last.place == Place("fork", ALL)


def test_a_loop_is_drawn_as_a_way_back(db):
    steps = {**FORK["steps"], "left": {**WAIT, "next": "a"}}
    fork = draw(journey(steps)).line.cards[1]
    assert fork.ways[0].line.tail is not None
    assert (fork.ways[0].line.tail.kind, fork.ways[0].line.tail.there) == ("jump", "a")
