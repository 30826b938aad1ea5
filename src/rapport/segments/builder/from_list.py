"""The search and filter of the people list as a segment's definition."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.ui.lists import BooleanFilter, ChoiceFilter, DateFilter, Filter, NumberFilter
from rapport.core.ui.lists.rebuilt import list_for

Clause = dict[str, Any]
# What the clauses that ask for a thing begin with, by the list's name of it.
SUBJECTS: dict[str, Clause] = {
    "name": {"trait": "name"},
    "email": {"identifier": "email"},
    "country": {"trait": "country"},
    "is_identified": {"profile": "identified"},
    "first_seen": {"profile": "first_seen"},
    "last_seen": {"profile": "last_seen"},
    "stage": {"trait": "lifecycle_stage"},
}
TEXTS = {"contains": "contains", "is": "is", "starts": "starts_with"}
NUMBERS = {"is": "is", "over": "gt", "from": "gte", "under": "lt", "to": "lte"}


def definition_of(actor: Actor, query: str) -> tuple[Clause, list[str]]:
    """(definition, what of the list a segment cannot say, in words)."""
    page = list_for(actor, "people", query)
    left_out: list[str] = []
    tree = _group(page.filter_tree, page.filter_by_name, left_out)
    given = QueryDict(query)
    if text := given.get("q", "").strip():
        words = [{"trait": "name", "contains": text}, {"identifier": "email", "contains": text}]
        tree = {"all": [*tree.get("all", [tree]), {"any": words}]}
    if given.get("whose"):
        left_out.append(_("whose the people are"))
    return tree, left_out


def _group(node: Any, filters: dict[str, Filter], left_out: list[str]) -> Clause:
    if "not" in node:
        return {"not": _node(node["not"], filters, left_out) or {"any": []}}
    kind = "all" if "all" in node else "any"
    children = [_node(child, filters, left_out) for child in node[kind]]
    return {kind: [child for child in children if child]}


def _node(node: Any, filters: dict[str, Filter], left_out: list[str]) -> Clause | None:
    if {"all", "any", "not"} & node.keys():
        return _group(node, filters, left_out)
    wanted, operator, value = filters[node["field"]], node["op"], node.get("value")
    subject = _subject(wanted.name)
    comparison = _comparison(wanted, operator, value) if subject else None
    if subject is None or comparison is None:
        left_out.append(wanted.describe(operator, value))
        return None
    # That somebody has an identifier needs no comparison; that they have none is its opposite.
    if "identifier" in subject and "exists" in comparison:
        return subject if comparison["exists"] else {"not": subject}
    return {**subject, **comparison}


def _subject(name: str) -> Clause | None:
    return {"trait": name.removeprefix("trait:")} if name.startswith("trait:") else SUBJECTS.get(name)


def _comparison(wanted: Filter, operator: str, value: Any) -> Clause | None:
    """{comparison: value} of the segment language; None where it has none."""
    if operator in {"empty", "filled"}:
        return {"exists": operator == "filled"}
    if isinstance(wanted, BooleanFilter):
        return {"is": value in ("yes", ["yes"])}
    if isinstance(wanted, ChoiceFilter):
        return {"in" if operator == "is" else "not_in": value if isinstance(value, list) else [value]}
    if isinstance(wanted, NumberFilter):
        number = float(str(value).replace(",", "."))
        return {NUMBERS[operator]: int(number) if number.is_integer() else number}
    if isinstance(wanted, DateFilter):
        return _times(operator, str(value))
    return {TEXTS[operator]: value}


def _times(operator: str, value: str) -> Clause:
    if operator in {"within", "older"}:
        return {"after" if operator == "within" else "before": f"-{int(value)}d"}
    if operator == "since":  # after a day begins with the next one
        return {"after": (dt.date.fromisoformat(value) - dt.timedelta(days=1)).isoformat()}
    return {operator: value}
