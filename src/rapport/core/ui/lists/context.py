"""What the list templates are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.ui import formats
from rapport.core.ui.lists import tree
from rapport.core.ui.lists.columns import Column, InlineEdit

if TYPE_CHECKING:
    from rapport.core.ui.lists.page import ListPage


@dataclass(frozen=True, slots=True)
class Head:
    """One column's head: its label, where a click sorts to, and how it is sorted now."""

    column: Column
    url: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready to show."""

    column: Column
    html: str
    raw: Any
    edit: InlineEdit | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row, ready to show."""

    pk: str
    label: str
    url: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in force and the address without it."""

    text: str
    url: str


def list_context(page: ListPage) -> dict[str, Any]:
    """Everything `core/list/*.html` shows. Runs three queries: the rows, their number, the saved views."""
    cut, (count, more) = page.slice(), page.count()
    state = page.state
    views = _views(page)
    return {
        "list": page,
        "state": state,
        "heads": [_head(page, column) for column in page.chosen_columns],
        "lines": [_line(page, row) for row in cut.rows],
        "chips": _chips(page),
        "builder": tree.rows_for_builder(page.filter_tree, page.filter_by_name),
        "problem": page.problem,
        "views": views,
        "current_view": next((each["view"] for each in views if each["current"] and each["mine"]), None),
        "count": count,
        "count_text": _count_text(count, more),
        "is_filtered": bool(state.q or page.filter_tree["all" if "all" in page.filter_tree else "any"]),
        "previous_url": state.url(before=cut.before, after="") if cut.before else "",
        "next_url": state.url(after=cut.after, before="") if cut.after else "",
        "export_url": _export_url(page),
        "shown": {column.name for column in page.chosen_columns},
        "bulk_actions": page.allowed_bulk(),
        "bulk_url": state.url(after=state.after, before=state.before),
        "clear_url": state.url(filter=""),
        "default_display_url": state.url(cols="", density=""),
        "hidden_for_search": state.hidden("q"),
        "hidden_for_display": state.hidden("cols", "density"),
        "hidden_for_filter": state.hidden("filter"),
        "empty_group": {"mode": "any", "children": []},
    }


def _head(page: ListPage, column: Column) -> Head:
    if column.sort is None:
        return Head(column, "", "")
    now = page.state.sort or page.default_sort
    direction = {column.name: "ascending", f"-{column.name}": "descending"}.get(now, "")
    first = f"-{column.name}" if column.num else column.name
    other = column.name if direction == "descending" else f"-{column.name}"
    return Head(column, page.state.url(sort=other if direction else first), direction)


def _line(page: ListPage, row: Any) -> Line:
    cells = [
        Cell(column, column.html(row), column.raw(row), _editable(page, column))
        for column in page.chosen_columns
    ]
    return Line(str(row.pk), str(row), page.url(row), cells)


def _editable(page: ListPage, column: Column) -> InlineEdit | None:
    return column.edit if column.edit and page.may(column.edit.permission) else None


def _chips(page: ListPage) -> list[Chip]:
    found = page.filter_tree
    if found.get("any"):
        return [Chip(tree.describe(found, page.filter_by_name), page.state.url(filter=""))]
    children = found.get("all", [])
    chips = []
    for index, child in enumerate(children):
        rest = children[:index] + children[index + 1 :]
        text = tree.dumped({"all": rest}) if rest else ""
        chips.append(Chip(tree.describe(child, page.filter_by_name), page.state.url(filter=text)))
    return chips


def _views(page: ListPage) -> list[dict[str, Any]]:
    views = []
    for view in page.views():
        query = f"{view.query}&view={view.pk}" if view.query else f"view={view.pk}"
        current = page.state.view == str(view.pk)
        changed = current and page.state.view_query() != view.query
        mine = str(view.user_id) == page.actor.id
        views.append({"view": view, "url": f"?{query}", "current": current, "changed": changed, "mine": mine})
    return views


def _export_url(page: ListPage) -> str:
    if not page.export_permission or not page.may(page.export_permission):
        return ""
    query = page.state.query()
    return f"{page.state.path}?{query}&export=csv" if query else f"{page.state.path}?export=csv"


def _count_text(count: int, more: bool) -> str:
    if more:
        return _("more than %(n)s") % {"n": formats.number(count)}
    return ngettext("%(n)s row", "%(n)s rows", count) % {"n": formats.number(count)}
