"""Walking a definition: checking, compiling and describing clauses of whatever kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from rapport.segments.language import registry
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import InvalidDefinition, Problem, Report, child

MAX_DEPTH = 20
MAX_CLAUSES = 200


def check(definition: Any) -> list[Problem]:
    """Everything that is wrong with a definition; empty when it can be used. Knows no other segments."""
    report = Report()
    if not isinstance(definition, dict):
        return [Problem("", _('A definition is a JSON object such as {"all": []}.'))]
    check_clause(definition, "", report)
    if report.clauses > MAX_CLAUSES:
        message = _("There are %(n)d clauses; at most %(max)d are allowed. Split the segment in two.")
        report.problems.insert(0, Problem("", message % {"n": report.clauses, "max": MAX_CLAUSES}))
    return report.problems


def validate(definition: Any) -> dict[str, Any]:
    """The definition itself, or InvalidDefinition with every reason."""
    problems = check(definition)
    if problems:
        raise InvalidDefinition(problems)
    checked: dict[str, Any] = definition
    return checked


def check_clause(clause: Any, pointer: str, report: Report) -> None:
    """Adds what is wrong with one clause and all below it."""
    report.clauses += 1
    if report.clauses > MAX_CLAUSES * 5:
        return
    if _depth(pointer) > MAX_DEPTH:
        message = _(
            "Clauses are nested more than %(n)d deep here. Put the inner ones into a segment of their own."
        )
        report.add(pointer, message % {"n": MAX_DEPTH})
        return
    kind = registry.kind_of(clause)
    if kind is None:
        report.add(pointer, _not_a_clause(clause))
        return
    kind.check(clause, pointer, report)


def _depth(pointer: str) -> int:
    """How many groups stand above: each adds "not", or "all" or "any" and a number."""
    return sum(part in ("all", "any", "not") for part in pointer.split("/")[1:])


def _not_a_clause(clause: Any) -> str:
    markers = ", ".join(marker for kind in registry.CLAUSE_KINDS for marker in kind.markers)
    if not isinstance(clause, dict):
        return _("A clause is a JSON object with one of the keys: %(keys)s.") % {"keys": markers}
    stated = [m for kind in registry.CLAUSE_KINDS for m in kind.markers if m in clause]
    if len(stated) > 1:
        message = _('A clause has one key, this has %(found)s. Put them as members under "all".')
        return message % {"found": " and ".join(stated)}
    return _("This clause needs one of the keys: %(keys)s.") % {"keys": markers}


def compile_clause(clause: dict[str, Any], to: Compilation) -> str:
    """The boolean SQL of a checked clause. Raises InvalidDefinition for a kind nobody registered."""
    kind = registry.kind_of(clause)
    if kind is None:
        raise InvalidDefinition([Problem("", _not_a_clause(clause))])
    return kind.compile(clause, to)


def describe_clause(clause: Any) -> str:
    kind = registry.kind_of(clause)
    return kind.describe(clause) if kind else "…"


# What a half-made clause has no words for yet.
_BLANK = re.compile(r"(?<!\S)“?…”?(?!\w)")


def sentence(clause: Any) -> str:
    """A definition in words, without a full stop; what is still to be chosen is said."""
    return _BLANK.sub(lambda _match: _("(choose a value)"), describe_clause(clause))


def described_member(clause: Any) -> str:
    """In words, in brackets where a group of several stands inside a group."""
    words = describe_clause(clause)
    several = isinstance(clause, dict) and any(len(clause.get(key) or ()) > 1 for key in ("all", "any"))
    return f"({words})" if several else words


def members(clause: Any) -> list[tuple[str, Any]]:
    """The clauses directly below, each with its pointer from this one."""
    if not isinstance(clause, dict):
        return []
    if "not" in clause:
        return [("/not", clause["not"])]
    for key in ("all", "any"):
        if isinstance(clause.get(key), list):
            return [(f"/{key}/{index}", member) for index, member in enumerate(clause[key])]
    return []


def walk(clause: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every clause with its pointer, parents first."""
    if isinstance(clause, dict):
        yield pointer, clause
        for below, member in members(clause):
            yield from walk(member, pointer + below)


def complete(clause: Any) -> dict[str, Any] | None:
    """A definition without the clauses that are still being filled in; None when nothing of it is whole."""
    if not (below := members(clause)):
        return None if check(clause) else clause
    whole = [kept for _pointer, member in below if (kept := complete(member)) is not None]
    if not whole:
        return None
    if "not" in clause:
        return {"not": whole[0]}
    return {("all" if "all" in clause else "any"): whole}


def references(definition: Any) -> set[str]:
    """Keys of the segments a definition looks at directly."""
    keys: set[str] = set()
    for _pointer, clause in walk(definition):
        kind = registry.kind_of(clause)
        keys |= kind.references(clause) if kind else set()
    return keys


def missing(definition: Any) -> list[Problem]:
    """What a checked definition names and there is not: segments, purposes, channels, stages."""
    return [
        Problem(pointer + problem.pointer, problem.message)
        for pointer, clause in walk(definition)
        if (kind := registry.kind_of(clause)) is not None
        for problem in kind.missing(clause)
    ]


def moves_with_time(definition: Any) -> bool:
    """Whether somebody can enter or leave though nothing happens."""
    return any(
        kind.moves_with_time(clause)
        for _pointer, clause in walk(definition)
        if (kind := registry.kind_of(clause)) is not None
    )


def next_changes(definition: Any, to: Compilation) -> list[str]:
    """When, after now, the answer of a checked definition may change by itself."""
    return [
        turn
        for _pointer, clause in walk(definition)
        if (kind := registry.kind_of(clause)) is not None and kind.moves_with_time(clause)
        for turn in kind.next_changes(clause, to)
    ]


def name_problem(value: Any, what: str, pointer: str, report: Report, *, dotted: bool = False) -> None:
    """Adds a problem unless `value` can name a trait, event or property."""
    limit = 200
    if not isinstance(value, str) or not value.strip():
        report.add(pointer, _("Name the %(what)s.") % {"what": what})
    elif len(value) > limit or "\0" in value:
        report.add(pointer, _("A name has at most %(n)d characters.") % {"n": limit})
    elif dotted and any(part.startswith((":`", "^`")) for part in value.split(".")):
        report.add(
            pointer, _("A name cannot begin with :` or ^` (the event store reads these as something else).")
        )
    elif dotted and not all(value.split(".")):
        report.add(pointer, _("A nested name looks like address.city: nothing may be empty between dots."))


def only_in(clause: dict[str, Any], pointer: str, keys: frozenset[str], report: Report) -> None:
    for key in clause:
        if key not in keys:
            message = _("There is no “%(key)s”; use one of: %(known)s.")
            report.add(child(pointer, key), message % {"key": key, "known": ", ".join(sorted(keys))})
