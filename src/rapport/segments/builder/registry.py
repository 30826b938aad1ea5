"""How a kind of clause is edited. A higher app registers an editor for its kind; without one it is edited as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapport.core.registration import Registry
from rapport.segments.builder.fields import Fields
from rapport.segments.language.comparisons import COMPARISONS

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from rapport.core.access import Actor

Clause = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Editor:
    """`read(fields)` makes the clause of the form's fields; `show(clause)` is what the template needs.

    `editable(clause)`: whether the form can say all that the clause says; else it is edited as JSON, so that nothing
    is lost. `comparisons` are those that may be added to the clause.
    """

    template: str
    read: Callable[[Fields], Clause]
    show: Callable[[Clause], dict[str, Any]]
    editable: Callable[[Clause], bool] = lambda _clause: True
    comparisons: tuple[str, ...] = tuple(COMPARISONS)


@dataclass(frozen=True, slots=True)
class Preset:
    """A condition that has a name of its own in the menu: an event with one property, whose values can be chosen.

    `choices(actor)` are (value, what it is called).
    """

    name: str
    label: str | Promise
    icon: str
    event: str
    property: str
    choices: Callable[[Actor], Sequence[tuple[str, str]]]

    def clause(self, value: str = "") -> Clause:
        return {"did": self.event, "at_least": 1, "where": [{"property": self.property, "is": value}]}


EDITORS: Registry[Editor] = Registry("editor of a segment clause")
PRESETS: Registry[Preset] = Registry("named condition of segments")
