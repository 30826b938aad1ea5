"""Filter groups: `{"all": […]}`, `{"any": […]}`, `{"not": …}` around `{"field", "op", "value"}`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from rapport.core.ui.lists.filters import Filter, FilterError

MAX_DEPTH = 4
MAX_CONDITIONS = 40
Filters = Mapping[str, Filter]


def parse(text: str) -> dict[str, Any]:
    """The tree of a URL's `filter`; an empty group for none. Raises FilterError."""
    if not text:
        return {"all": []}
    try:
        tree = json.loads(text)
        dumped(tree).encode()  # half a character, which no database takes
    except (ValueError, RecursionError) as error:
        raise FilterError(_("The filter in the address is damaged.")) from error
    return tree if isinstance(tree, dict) and _group(tree) and "not" not in tree else {"all": [tree]}


def dumped(tree: Any) -> str:
    """The tree as it stands in a URL."""
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False)


def compiled(tree: Any, filters: Filters) -> Q:
    """The tree as one ORM condition with bound values. Raises FilterError."""
    if _count(tree) > MAX_CONDITIONS:
        raise FilterError(_("A filter has at most %(n)d conditions.") % {"n": MAX_CONDITIONS})
    return _compile(tree, filters, 0)


def _compile(node: Any, filters: Filters, depth: int) -> Q:
    if depth > MAX_DEPTH:
        raise FilterError(_("Filter groups are nested too deeply."))
    group = _group(node)
    if group == "not":
        inner = _compile(node["not"], filters, depth + 1)
        return ~inner if inner else Q()
    if group:
        conditions = [
            condition for child in _children(node) if (condition := _compile(child, filters, depth + 1))
        ]
        return Q(*conditions, _connector=Q.AND if group == "all" else Q.OR)
    return _condition(node, filters)


def _condition(node: Any, filters: Filters) -> Q:
    filter_ = _filter_of(node, filters)
    filter_.operator(node.get("op", ""))
    return filter_.condition(node["op"], node.get("value"))


def _filter_of(node: Any, filters: Filters) -> Filter:
    name = node.get("field") if isinstance(node, dict) else None
    if not isinstance(name, str) or name not in filters:
        raise FilterError(_("The filter asks for something this list does not have."))
    return filters[name]


def _group(node: Any) -> str:
    if isinstance(node, dict) and len(node) == 1:
        key = str(next(iter(node)))
        return key if key in {"all", "any", "not"} else ""
    return ""


def _children(node: dict[str, Any]) -> list[Any]:
    (children,) = node.values()
    if isinstance(children, list):
        return children
    return [children]


def _count(node: Any, depth: int = 0) -> int:
    if not _group(node):
        return 1
    if depth > MAX_DEPTH:
        return MAX_CONDITIONS + 1
    return sum(_count(child, depth + 1) for child in _children(node))


def describe(node: Any, filters: Filters) -> str:
    """The tree in words, for the chips above the list."""
    group = _group(node)
    if group == "not":
        return _("not (%(inner)s)") % {"inner": describe(node["not"], filters)}
    if group:
        joint = _(" and ") if group == "all" else _(" or ")
        return joint.join(describe(child, filters) for child in _children(node))
    return _filter_of(node, filters).describe(node.get("op", ""), node.get("value"))


def rows_for_builder(node: Any, filters: Filters) -> dict[str, Any]:
    """The tree as nested dictionaries that the builder's template walks.

    A group is {"mode": "all" | "any" | "none", "children": […]}, a condition {"filter", "op", "value"}.
    """
    group = _group(node)
    if group == "not":
        inner = node["not"] if _group(node["not"]) in {"all", "any"} else {"any": [node["not"]]}
        if "all" in inner and len(inner["all"]) > 1:  # "not all of" has no mode of its own: none of (all of)
            inner = {"any": [inner]}
        return {"mode": "none", "children": [rows_for_builder(child, filters) for child in _children(inner)]}
    if group:
        return {"mode": group, "children": [rows_for_builder(child, filters) for child in _children(node)]}
    value = node.get("value", "")
    values = [str(entry) for entry in (value if isinstance(value, list) else [value]) if entry is not None]
    return {"filter": _filter_of(node, filters), "op": node.get("op", ""), "value": value, "values": values}
