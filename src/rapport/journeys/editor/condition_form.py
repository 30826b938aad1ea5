"""The builder of conditions: a condition as groups and clauses to draw, and what was sent as a condition again.

Inputs are named by the place in the tree: `PATH:k` says what stands there, `PATH:n` how many stand in a group.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rapport.journeys.services.conditions import OPERATORS, VALUES

GROUPS: dict[str, Any] = {
    "all": _("all of these"),
    "any": _("at least one of these"),
    "-all": _("not all of these"),
    "-any": _("none of these"),
}
SOURCES: dict[str, Any] = {
    "trait": _("Trait"),
    "property": _("Property of the event"),
    "answer": _("Answer of a step"),
    "segment": _("Segment"),
}
ABOUT_PERSON = ("trait", "segment")
WITHOUT_VALUE = {"exists", "missing"}
_MOST, _DEEPEST = 50, 8


@dataclass(slots=True)
class Node:
    """A group (`source` is a key of GROUPS) or a clause. `was` is the compared value as it is stored, as JSON."""

    path: str
    source: str
    negated: bool = False
    name: str = ""
    op: str = "is"
    value: str = ""
    was: str = ""
    is_bare: bool = False
    nodes: list[Node] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        return self.source in GROUPS

    @property
    def has_value(self) -> bool:
        return self.source != "segment" and self.op not in WITHOUT_VALUE


def drawn(condition: Any, path: str) -> Node | None:
    """The condition as a group to edit; None where it is too unusual to be drawn, or there is none."""
    node = _node(condition, path) if isinstance(condition, Mapping) else None
    if node is not None and not node.is_group:
        inside = _node(condition, f"{path}/0")
        return Node(path, "all", is_bare=True, nodes=[inside] if inside else [])
    return node


def _node(condition: Any, path: str, depth: int = 0) -> Node | None:
    if not isinstance(condition, Mapping) or depth > _DEEPEST:
        return None
    if set(condition) == {"not"}:
        inner = _node(condition["not"], path, depth)
        if inner is None or inner.negated or inner.source.startswith("-"):
            return None
        if inner.is_group:
            inner.source = f"-{inner.source}"
        else:
            inner.negated = True
        return inner
    for group in ("all", "any"):
        if set(condition) == {group} and isinstance(condition[group], list):
            nodes = [_node(part, f"{path}/{at}", depth + 1) for at, part in enumerate(condition[group])]
            if any(node is None for node in nodes):
                return None
            return Node(path, group, nodes=[node for node in nodes if node is not None])
    return _clause(condition, path)


def _clause(condition: Mapping[str, Any], path: str) -> Node | None:
    source = next((name for name in ("segment", *VALUES) if name in condition), "")
    name = condition.get(source)
    if not source or not isinstance(name, str) or not set(condition) <= {source, "op", "value"}:
        return None
    if source == "segment":
        return Node(path, source, name=name) if set(condition) == {source} else None
    op = condition.get("op")
    if op not in OPERATORS:
        return None
    value = condition.get("value")
    if not (value is None or _is_plain(value) or (isinstance(value, list) and all(map(_is_plain, value)))):
        return None
    was = json.dumps(value) if "value" in condition else ""
    return Node(path, source, name=name, op=op, value=shown(value), was=was)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def shown(value: Any) -> str:
    """A value as it is typed."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def typed(text: str, was: str) -> Any:
    """What was typed as a value; untouched, it is what it was."""
    if was:
        try:
            before = json.loads(was)
        except ValueError:
            before = None
        if before is not None and shown(before) == text:
            return before
    if text in {"true", "false"}:
        return text == "true"
    try:
        number = json.loads(text)
    except ValueError:
        return text
    return number if isinstance(number, int | float) and str(number) == text else text


def read(post: QueryDict, path: str, action: str = "", depth: int = 0) -> dict[str, Any] | None:
    """The condition that was sent, with the button's `action` done: `clause:PATH`, `group:PATH`, `remove:PATH`."""
    source = post.get(f"{path}:k", "")
    new = {"trait": "", "op": "is", "value": ""}
    if not source:
        return new if action == f"clause:{path}" else None
    if source not in GROUPS:
        return _read_clause(post, path, source)
    nodes = [
        part
        for at in range(min(_count(post, path), _MOST))
        if depth <= _DEEPEST and action != f"remove:{path}/{at}"
        if (part := read(post, f"{path}/{at}", action, depth + 1)) is not None
    ]
    if action == f"clause:{path}":
        nodes.append(new)
    if action == f"group:{path}":
        nodes.append({"any": [new]})
    if not nodes:
        return None
    if post.get(f"{path}:bare") and len(nodes) == 1 and source == "all":
        return nodes[0]
    group: dict[str, Any] = {source.removeprefix("-"): nodes}
    return {"not": group} if source.startswith("-") else group


def _count(post: QueryDict, path: str) -> int:
    text = post.get(f"{path}:n", "0")
    return int(text) if text.isdecimal() and len(text) < 4 else 0


def _read_clause(post: QueryDict, path: str, source: str) -> dict[str, Any]:
    name = post.get(f"{path}:name", "").strip()[:200]
    if source not in SOURCES:
        source = "trait"
    clause: dict[str, Any] = {source: name}
    if source != "segment":
        op = post.get(f"{path}:op", "is")
        clause["op"] = op if op in OPERATORS else "is"
        if clause["op"] not in WITHOUT_VALUE:
            clause["value"] = _value(post, path, clause["op"])
    return {"not": clause} if post.get(f"{path}:not") else clause


def _value(post: QueryDict, path: str, op: str) -> Any:
    text, was = post.get(f"{path}:value", "").strip()[:2000], post.get(f"{path}:was", "")
    if op != "one_of":
        value = typed(text, was)
        return text if isinstance(value, list) else value
    value = typed(text, was)
    if isinstance(value, list):
        return value
    return [typed(part.strip(), "") for part in text.split(",") if part.strip()]
