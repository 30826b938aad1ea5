"""A draft as it is drawn: from the top down, the ways of a step side by side, and below them where they meet again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from rapport.journeys.editor import graph, naming
from rapport.journeys.editor.graph import END
from rapport.journeys.editor.operations import ALL, Place
from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services.definitions import Problem


@dataclass(slots=True)
class Card:
    """A step. `place` is where it stands, None of one that nothing leads to."""

    name: str
    title: str
    kind: str
    words: str
    icon: str
    place: Place | None
    details: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    figures: Any = None
    ways: list[Way] = field(default_factory=list)

    @property
    def meets(self) -> bool:
        """Whether a way of it goes on below, with others."""
        return any(way.line.tail is not None and way.line.tail.kind == "join" for way in self.ways)


@dataclass(slots=True)
class Tail:
    """How a way ends: "end", "join" with others below, or "jump" to a step that stands elsewhere."""

    kind: str
    place: Place
    there: str = ""
    title: str = ""


@dataclass(slots=True)
class Line:
    """Steps below one another."""

    cards: list[Card] = field(default_factory=list)
    tail: Tail | None = None


@dataclass(slots=True)
class Way:
    """A branch; `share` says how many of those who passed took it."""

    name: str
    line: Line
    share: str = ""

    @property
    def label(self) -> str:
        return branch_label(self.name)


@dataclass(slots=True)
class Drawing:
    line: Line
    loose: list[Line]


def branch_label(name: str) -> str:
    words = {
        "yes": _("Yes"),
        "no": _("No"),
        "happened": _("It happened"),
        "timeout": _("Time is up"),
        "next": _("Next"),
        "moved": _("Moved to another version"),
    }
    return words.get(name, name)


def title_of(step: Mapping[str, Any]) -> str:
    kind = STEP_KINDS.get(str(step.get("type", "")))
    return str(step.get("title") or (kind.label if kind else step.get("type") or _("Unknown step")))


def words_of(step: Mapping[str, Any]) -> str:
    """The step's settings in words, as far as they can be said."""
    kind = STEP_KINDS.get(str(step.get("type", "")))
    try:
        return kind.words(step) if kind else ""
    except Exception:
        # A draft may hold anything, and a plug-in's words expect settings that are right.
        return _("not set up yet")


class _Drawer:
    def __init__(
        self, draft: Mapping[str, Any], problems: Sequence[Problem], figures: Mapping[str, Any]
    ) -> None:
        self.steps = graph.steps_of(draft)
        self.meeting = graph.meeting(self.steps)
        self.names = naming.names_in(self.steps)
        self.figures = figures
        self.placed: set[str] = set()
        self.problems: dict[str, list[str]] = {}
        for problem in problems:
            _empty, first, *rest = problem.pointer.split("/") if "/" in problem.pointer else ("", "")
            if first == "steps" and rest:
                words = self._told(rest[0], rest[1] if len(rest) > 1 else "", problem.message)
                self.problems.setdefault(rest[0], []).append(words)

    def _told(self, step: str, setting: str, words: str) -> str:
        """A step's problem with the title of the setting that it is about."""
        kind = STEP_KINDS.get(str(self.steps.get(step, {}).get("type", "")))
        title = kind.schema.get("properties", {}).get(setting, {}).get("title", "") if kind else ""
        return f"{title}: {words}" if title else words

    def line(self, place: Place | None, name: str, stops: frozenset[str]) -> tuple[Line, set[str]]:
        """(what stands from there on, the stops it comes to)."""
        line, joined = Line(), set[str]()
        while True:
            if name in stops and place:
                line.tail = Tail("join", place, name)
                return line, joined | {name}
            if name == END or name in self.placed:
                line.tail = self._tail(place, name) if place else None
                return line, joined
            card = self._card(name, place)
            line.cards.append(card)
            ways = graph.branches_of(self.steps[name])
            if len(ways) == 1:
                place, name = Place(name, ways[0]), self._after(name, ways[0])
                continue
            if not ways or not (below := self._ways(card, ways, stops, joined)):
                return line, joined
            place, name = below

    def _ways(
        self, card: Card, ways: Sequence[str], stops: frozenset[str], joined: set[str]
    ) -> tuple[Place, str] | None:
        """Draws the ways of a step; (place, step) of what stands below them."""
        meets = self.meeting[card.name]
        inner = stops if meets is None else stops | {meets}
        came: set[str] = set()
        for way in ways:
            line, comes_to = self.line(Place(card.name, way), self._after(card.name, way), inner)
            card.ways.append(Way(way, line, card.figures.share(way) if card.figures else ""))
            came |= comes_to
        joined |= came - ({meets} if meets is not None else set())
        return (Place(card.name, ALL), meets) if meets is not None and meets in came else None

    def _after(self, name: str, way: str) -> str:
        there = graph.target(self.steps[name], way)
        return there if there in self.steps else END

    def _tail(self, place: Place, name: str) -> Tail:
        return Tail("jump", place, name, title_of(self.steps[name])) if name else Tail("end", place)

    def _card(self, name: str, place: Place | None) -> Card:
        self.placed.add(name)
        step = self.steps[name]
        kind = STEP_KINDS.get(str(step.get("type", "")))
        return Card(
            name,
            title_of(step),
            str(kind.label) if kind else str(step.get("type", "")),
            words_of(step),
            kind.icon if kind else "circle-help",
            place,
            self.names.get(name, []),
            self.problems.get(name, []),
            self.figures.get(name),
        )


def draw(
    draft: Mapping[str, Any], problems: Sequence[Problem] = (), figures: Mapping[str, Any] | None = None
) -> Drawing:
    """Every step once: those that people come to, then lines of those that nothing leads to."""
    drawer = _Drawer(draft, problems, figures or {})
    start = graph.start_of(draft)
    line, _joined = drawer.line(Place(), start if start in drawer.steps else END, frozenset())
    loose: list[Line] = []
    led_to = {there for ways in graph.edges(drawer.steps).values() for there in ways}
    for name in sorted(drawer.steps, key=lambda step: step in led_to):
        if name not in drawer.placed:
            loose.append(drawer.line(None, name, frozenset())[0])
    return Drawing(line, loose)
