"""How a kind of clause is edited. A higher app registers an editor for its kind; without one it is edited as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rapport.core.registration import Registry
from rapport.segments.builder.fields import Fields
from rapport.segments.language.comparisons import COMPARISONS

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


EDITORS: Registry[Editor] = Registry("editor of a segment clause")
