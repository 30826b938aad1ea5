"""Template context of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.links import actions_for
from rapport.core.queries import audiences
from rapport.core.ui import formats
from rapport.core.ui.lists import tree
from rapport.core.ui.lists.board import board_context
from rapport.core.ui.lists.calendar import calendar_context
from rapport.core.ui.lists.columns import Column
from rapport.core.ui.lists.lines import line_of

if TYPE_CHECKING:
    from rapport.core.ui.lists.page import ListPage


@dataclass(frozen=True, slots=True)
class Head:
    """One column's head: its label, where a click sorts to, and how it is sorted now."""

    column: Column
    url: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in force and the address without it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A way to show the rows: a table, a board, a calendar."""

    name: str
    label: str
    icon: str
    url: str


def list_context(page: ListPage) -> dict[str, Any]:
    """Everything `core/list/*.html` shows. Runs the saved views' query and the layout's own."""
    state = page.state
    views = _views(page)
    return {
        "list": page,
        "state": state,
        "chips": _chips(page),
        "links": actions_for(page.actor, page.name, page.state.view_query()),
        "builder": tree.rows_for_builder(page.filter_tree, page.filter_by_name),
        "filter_shapes": {offered.shape: offered for offered in page.filters}.values(),
        "problem": page.problem,
        "views": views,
        "current_view": next((view["view"] for view in views if view["current"] and view["own"]), None),
        "open_view": next((view["view"] for view in views if view["current"]), None),
        "audiences": audiences(page.actor),
        "quick_views": _quick_views(page),
        "all_url": state.url_of_all(bool(page.opens_with)),
        "is_filtered": bool(
            state.q or state.whose or page.filter_tree["all" if "all" in page.filter_tree else "any"]
        ),
        "layouts": _layouts(page),
        "layout": page.layout,
        "sorts": [_sort(page, column) for column in page.columns if column.sort is not None],
        "export_url": _export_url(page),
        "display_columns": _display_columns(page),
        "shown": {column.name for column in page.chosen_columns},
        "clear_url": state.url(filter=""),
        "default_display_url": state.url(cols="", density=""),
        "hidden_for_search": state.hidden("q"),
        "hidden_for_display": state.hidden("cols", "density"),
        "hidden_for_filter": state.hidden("filter"),
        "empty_group": {"mode": "any", "children": []},
    } | _body(page)


def _body(page: ListPage) -> dict[str, Any]:
    """What the layout's template shows."""
    if page.layout == "board" and page.board:
        return board_context(page, page.board)
    if page.layout == "calendar" and page.calendar:
        return calendar_context(page, page.calendar)
    cut, (count, more) = page.slice(), page.count()
    state = page.state
    return {
        "heads": [_head(page, column) for column in page.chosen_columns],
        "lines": [line_of(page, row, page.chosen_columns) for row in cut.rows],
        "count": count,
        "count_text": _count_text(count, more),
        "previous_url": state.url(before=cut.before, after="") if cut.before else "",
        "next_url": state.url(after=cut.after, before="") if cut.after else "",
        "bulk_actions": page.allowed_bulk(),
        "bulk_edits": page.allowed_edits,
        "bulk_url": state.url(after=state.after, before=state.before),
    }


def _display_columns(page: ListPage) -> list[Column]:
    """What the Display menu offers: the columns shown in their order, then the others; main ones stay first."""
    shown = [column for column in page.chosen_columns if not column.main]
    names = {column.name for column in shown}
    return shown + [column for column in page.columns if not (column.main or column.name in names)]


def _layouts(page: ListPage) -> list[Layout]:
    """The table and whatever else the list offers; nothing to choose from when there is only the table."""
    offered = [("", _("Table"), "rows-3")]
    if page.board:
        offered.append(("board", _("Board"), "columns-3"))
    if page.calendar:
        offered.append(("calendar", _("Calendar"), "calendar-days"))
    layouts = [
        Layout(name, label, icon, page.state.url(layout=name, span="", on=""))
        for name, label, icon in offered
    ]
    return layouts if len(layouts) > 1 else []


def _sort(page: ListPage, column: Column) -> Head:
    """For layouts without heads of columns: what to sort by in the Display menu."""
    return _head(page, column)


def _head(page: ListPage, column: Column) -> Head:
    if column.sort is None:
        return Head(column, "", "")
    now = page.state.sort or page.default_sort
    direction = {column.name: "ascending", f"-{column.name}": "descending"}.get(now, "")
    first = f"-{column.name}" if column.num else column.name
    other = column.name if direction == "descending" else f"-{column.name}"
    return Head(column, page.state.url(sort=other if direction else first), direction)


def _chips(page: ListPage) -> list[Chip]:
    filter_tree = page.filter_tree
    if filter_tree.get("any"):
        return [Chip(tree.describe(filter_tree, page.filter_by_name), page.state.url(filter=""))]
    children = filter_tree.get("all", [])
    chips = []
    for index, child in enumerate(children):
        rest = children[:index] + children[index + 1 :]
        text = tree.dumped({"all": rest}) if rest else ""
        chips.append(Chip(tree.describe(child, page.filter_by_name), page.state.url(filter=text)))
    return chips


def _quick_views(page: ListPage) -> list[dict[str, Any]]:
    """Mine and My team, for records that have owners."""
    if not page.has_owners:
        return []
    names = [("mine", _("Mine")), *([("team", _("My team"))] if page.actor.team_ids else [])]
    state = page.state
    here = state.view_query()
    return [
        {"label": label, "url": f"{state.path}?whose={name}", "current": here == f"whose={name}"}
        for name, label in names
    ]


def _views(page: ListPage) -> list[dict[str, Any]]:
    """The saved views."""
    views: list[dict[str, Any]] = []
    for view in page.views:
        current = page.state.view == str(view.pk)
        changed = current and page.state.view_query() != view.query
        own = view.user_id == page.actor.user_id
        views.append(
            {"view": view, "url": f"?{view.full_query}", "current": current, "changed": changed, "own": own}
        )
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
