"""How a kind of clause is edited. A higher app registers an editor for its kind; without one it is edited as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rapport.core.registration import Registry
from rapport.segments.builder.fields import Fields

Clause = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Editor:
    """`read(fields)` makes the clause of the form's fields; `show(clause)` is what the template needs."""

    template: str
    read: Callable[[Fields], Clause]
    show: Callable[[Clause], dict[str, Any]]


EDITORS: Registry[Editor] = Registry("editor of a segment clause")
