"""The tree the builder shows, its form fields, and what its buttons do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.segments.builder import comparing, sequence_form
from rapport.segments.builder.editors import editor_of
from rapport.segments.builder.fields import Fields
from rapport.segments.builder.registry import PRESETS, Editor
from rapport.segments.language import registry, tree
from rapport.segments.language.problems import Problem

Clause = dict[str, Any]
GROUPS = {"all": ("all", False), "any": ("any", False), "not-all": ("all", True), "none": ("any", True)}
_LIMIT = 200
ROW = re.compile(r"(?:s(\d{1,3}))?(?:w(\d{1,3}))?(?:\.(\d{1,3}))?")


@dataclass(slots=True)
class Node:
    """One clause or group as the page shows it. `path` names its fields, `pointer` its place in the definition."""

    path: str
    pointer: str
    negated: bool
    clause: Clause
    group: str = ""
    children: list[Node] = field(default_factory=list)
    kind: str = ""
    editor: Editor | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def template(self) -> str:
        return self.editor.template if self.editor else "segments/builder/group.html"

    @property
    def icon(self) -> str:
        return registry.CLAUSE_KINDS[self.kind].icon if self.kind and self.kind != "json" else "braces"

    @property
    def depth(self) -> int:
        return self.path.count("-")


def root_of(definition: Any) -> Clause:
    """The definition with a group at the top, which the builder needs."""
    if not isinstance(definition, dict):
        return {"all": []}
    inner, _negated, _pointer = unwrapped(definition, "")
    return definition if "all" in inner or "any" in inner else {"all": [definition]}


def unwrapped(clause: Clause, pointer: str) -> tuple[Clause, bool, str]:
    """The clause inside any number of "not", whether they negate it, and its pointer."""
    negated = False
    while isinstance(clause, dict) and isinstance(clause.get("not"), dict) and len(clause) == 1:
        clause, negated, pointer = clause["not"], not negated, f"{pointer}/not"
    return clause, negated, pointer


def nodes(clause: Clause, path: str = "", pointer: str = "") -> Node:
    """The tree of a definition, made or half made."""
    inner, negated, below = unwrapped(clause, pointer)
    node = Node(path, pointer, negated, inner)
    for key in ("all", "any"):
        if isinstance(inner.get(key), list):
            node.group = next(name for name, meant in GROUPS.items() if meant == (key, negated))
            node.children = [
                nodes(member, f"{path}-{index}", f"{below}/{key}/{index}")
                for index, member in enumerate(inner[key])
                if isinstance(member, dict)
            ]
            return node
    kind = registry.kind_of(inner)
    node.kind = kind.name if kind and editor_of(kind.name).editable(inner) else "json"
    node.editor = editor_of(node.kind)
    node.shown = node.editor.show(inner)
    return node


def place_problems(node: Node, problems: Sequence[Problem]) -> list[str]:
    """Puts each problem beside the innermost clause it is about; returns those about the whole."""
    everything = list(flat(node))
    general: list[str] = []
    for problem in problems:
        holders = [n for n in everything if f"{problem.pointer}/".startswith(f"{n.pointer}/")]
        holder = max(holders, key=lambda n: len(n.pointer), default=None)
        (holder.problems if holder is not None and holder.path else general).append(problem.message)
    return general


def flat(node: Node) -> list[Node]:
    return [node, *(below for child in node.children for below in flat(child))]


def read(data: Mapping[str, Any], path: str = "", budget: list[int] | None = None) -> Clause:
    """The definition that the form stands for; may be incomplete."""
    budget = budget if budget is not None else [_LIMIT * 2]
    budget[0] -= 1
    fields = Fields(data, path)
    group = fields.text("group")
    if group in GROUPS:
        key, negated = GROUPS[group]
        size = fields.size("size") if budget[0] > 0 and path.count("-") <= tree.MAX_DEPTH + 1 else 0
        inner: Clause = {key: [read(data, f"{path}-{index}", budget) for index in range(size)]}
    else:
        inner, negated = editor_of(fields.text("kind")).read(fields), fields.text("negated") == "on"
    return {"not": inner} if negated else inner


def act(definition: Clause, action: str) -> Clause:
    """What a button of the builder does: "verb:path" or "verb:path:argument"."""
    verb, _, rest = action.partition(":")
    path, _, argument = rest.partition(":")
    steps = [int(step) for step in path.split("-")[1:] if step.isdigit()]
    if verb == "add":
        siblings = _members(_at(definition, steps))
        if siblings is not None:
            siblings.append(_blank(argument))
    elif verb.startswith("step"):
        sequence_form.change(_inner(_at(definition, steps)), verb, argument)
    elif verb in {"where+", "where-", "compare+", "compare-"}:
        _change_rows(_inner(_at(definition, steps)), verb, argument)
    elif steps:
        _move(definition, steps, verb)
    return definition


def _blank(kind: str) -> Clause:
    if (preset := PRESETS.get(kind.removeprefix("preset."))) and kind.startswith("preset."):
        return preset.clause()
    names = {clause_kind.name for clause_kind in registry.CLAUSE_KINDS}
    if kind == "any" or kind not in names:
        return {"any": []}
    return registry.CLAUSE_KINDS[kind].blank()


def _move(definition: Clause, steps: list[int], verb: str) -> None:
    siblings, index = _members(_at(definition, steps[:-1])), steps[-1]
    if siblings is None or not 0 <= index < len(siblings):
        return
    if verb == "remove":
        del siblings[index]
    elif verb == "copy":
        siblings.insert(index + 1, siblings[index])
    elif verb == "wrap":
        siblings[index] = {"any": [siblings[index]]}
    elif verb in {"up", "down"}:
        other = index + (1 if verb == "down" else -1)
        if 0 <= other < len(siblings):
            siblings[index], siblings[other] = siblings[other], siblings[index]


def _at(definition: Clause, steps: Sequence[int]) -> Clause:
    for step in steps:
        siblings = _members(definition)
        if siblings is None or not 0 <= step < len(siblings):
            return {}
        definition = siblings[step]
    return definition


def _inner(clause: Clause) -> Clause:
    return unwrapped(clause, "")[0]


def _members(clause: Clause) -> list[Clause] | None:
    inner = _inner(clause)
    for key in ("all", "any"):
        if isinstance(inner.get(key), list):
            clauses: list[Clause] = inner[key]
            return clauses
    return None


def _change_rows(clause: Clause, verb: str, argument: str) -> None:
    """Adds or takes away a condition or a comparison; `argument` says where: "s1w0.2" is the third comparison
    of the first condition of a sequence's second step; "" is the clause itself."""
    place = ROW.fullmatch(argument)
    if place is None:
        return
    step, condition, comparison = (int(part) if part else None for part in place.groups())
    holder = clause if step is None else _nth(clause.get("sequence"), step)
    if verb == "where+":
        holder.setdefault("where", []).append({"property": "", "is": ""})
    elif verb == "where-":
        where = holder.get("where", [])
        if condition is not None and condition < len(where):
            del where[condition]
        if not where:
            holder.pop("where", None)
    else:
        row = holder if condition is None else _nth(holder.get("where"), condition)
        if verb == "compare+":
            kind = registry.kind_of(row)
            comparing.add(row, editor_of(kind.name if kind else "json").comparisons)
        elif comparison is not None:
            comparing.remove(row, comparison)


def _nth(members: Any, index: int) -> Clause:
    """A member of a list of clauses; an empty clause of its own when there is none."""
    fits = isinstance(members, list) and index < len(members) and isinstance(members[index], dict)
    return members[index] if fits else {}
