"""What is wrong with a definition, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Problem:
    """`pointer` is a JSON pointer (RFC 6901) into the definition; "" is the whole definition."""

    pointer: str
    message: str


class InvalidDefinition(ValueError):
    """The definition cannot be used. `problems` lists every reason, in document order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.pointer or '/'}: {p.message}" for p in problems))


@dataclass(slots=True)
class Report:
    """Collects problems and counts clauses while a definition is checked."""

    problems: list[Problem] = field(default_factory=list)
    clauses: int = 0

    def add(self, pointer: str, message: str) -> None:
        self.problems.append(Problem(pointer, str(message)))


def unknown(pointer: str, what: str, name: str, names: Collection[str]) -> Problem | None:
    """The problem that there is nothing of this name, with the names there are; None when there is."""
    if name in names:
        return None
    words = {"what": what, "name": name, "names": ", ".join(list(names)[:30]) or "–"}
    return Problem(pointer, _("There is no %(what)s “%(name)s”. There are: %(names)s.") % words)


def child(pointer: str, key: str | int) -> str:
    """The pointer of a member, escaped as RFC 6901 wants it."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
