"""A page of rows: search, filters, saved views, sort, columns, bulk actions, inline edit, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise, cached_property

from rapport.core.access import Actor
from rapport.core.bulk.services import choose
from rapport.core.models import Owned, covered
from rapport.core.queries import saved_views
from rapport.core.registry import LISTS
from rapport.core.ui.lists import board, export, tree
from rapport.core.ui.lists.board import Board
from rapport.core.ui.lists.bulk import BulkAction, BulkEdit, ColumnEdit
from rapport.core.ui.lists.calendar import Calendar, move_entry
from rapport.core.ui.lists.columns import Column, chosen
from rapport.core.ui.lists.context import list_context
from rapport.core.ui.lists.filters import Filter, FilterError
from rapport.core.ui.lists.keyset import Order, Slice
from rapport.core.ui.lists.sources import counted, sliced
from rapport.core.ui.lists.state import State
from rapport.core.ui.toasts import note, toast

Rows = QuerySet[Any]
COUNT_LIMIT = 10_000
# The quick views of records that have owners.
WHOSE: dict[str, Callable[[Actor], Q]] = {
    "mine": lambda actor: Q(owner_id=actor.user_id or 0),
    "team": lambda actor: Q(team_id__in=actor.team_ids),
}


class ListPage:
    """One list. Subclass, name the columns, say which rows, and answer requests with `respond`.

    One instance answers one request. A GET runs the same few queries whatever the number of rows.
    """

    name: ClassVar[str]
    title: ClassVar[str | Promise]
    columns: ClassVar[Sequence[Column]]
    filters: ClassVar[Sequence[Filter]] = ()
    default_sort: ClassVar[str]
    search_in: ClassVar[Sequence[str]] = ()
    search_hint: ClassVar[str | Promise] = ""
    bulk: ClassVar[Sequence[BulkAction]] = ()
    # Changes of many rows that can be taken back, beside that of the columns that are edited in place.
    edits: ClassVar[Sequence[BulkEdit]] = ()
    page_size: ClassVar[int] = 50
    # Other ways to show the rows than as a table.
    board: ClassVar[Board | None] = None
    calendar: ClassVar[Calendar | None] = None
    # Nothing: this list is not exported. A list that may be names the permission that allows it.
    export_permission: ClassVar[str] = ""
    template: ClassVar[str] = "core/list/page.html"
    # Nothing yet: what the list is for and how the first row comes about; with buttons, in a template.
    empty: ClassVar[tuple[str | Promise, str | Promise]] = ("", "")
    empty_template: ClassVar[str] = "core/list/empty.html"
    extra_parameters: ClassVar[tuple[str, ...]] = ()
    # Rows open in the side panel; no: they lead to a page of their own, because they are no records (saved views).
    opens_in_panel: ClassVar[bool] = True

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        self.request, self.kwargs = request, kwargs
        self.actor: Actor = request.actor  # type: ignore[attr-defined]
        self.state = State.of(request.path, request.GET, self.extra_parameters)
        self.problem = ""

    # what a subclass says

    def rows(self) -> Any:
        """The rows the actor may see: a queryset from the app's queries, or a `RowSource`."""
        raise NotImplementedError

    def url(self, row: Any) -> str:
        """Where the row's main cell leads; nothing for nowhere."""
        return ""

    def search(self, rows: Any, text: str) -> Any:
        """Rows that match what is typed. Override for more than `search_in` (paths, any of them contains it)."""
        condition = Q()
        for path in self.search_in:
            condition |= Q(**{f"{path}__icontains": text})
        return rows.filter(condition) if condition else rows

    def prepare(self, rows: list[Any]) -> None:
        """Adds to the page's rows what their cells need, in a constant number of queries."""

    def context(self) -> dict[str, Any]:
        """More for the template."""
        return {}

    # what it does

    def respond(self) -> HttpResponseBase:
        """The whole page, its body for htmx, an export, a bulk action or an inline edit."""
        if self.request.method == "POST":
            return self._post()
        if self.request.GET.get("export") == "csv":
            if not self.export_permission:
                raise Http404
            self.require(self.export_permission)
            return export.csv_response(self, self.covered(self.matching(), self.export_permission))
        if not self.request.GET and self.opens_with:
            return redirect(f"{self.state.path}?{self.opens_with.full_query}")
        if self.layout == "board" and self.board and "column" in self.request.GET:
            return board.more_cards(self, self.board)
        partial = self.request.headers.get("HX-Target") == "list"
        return render(
            self.request,
            "core/list/body.html" if partial else self.template,
            list_context(self) | self.context(),
        )

    def _post(self) -> HttpResponseBase:
        given = self.request.POST
        # An undo has the card and its column in its address.
        moved = given if "move" in given else self.request.GET
        if self.board and "move" in moved:
            return board.move(self, self.board, moved["move"], moved.get("to", ""))
        if self.calendar and "move" in given:
            return move_entry(self, self.calendar, given["move"], given.get("on", ""))
        return self._edit_cell() if "edit" in given else self._bulk()

    @property
    def layout(self) -> str:
        """How the rows are shown: "" is the table."""
        offered = {"board": self.board, "calendar": self.calendar}
        return self.state.layout if offered.get(self.state.layout) else ""

    @cached_property
    def filter_by_name(self) -> dict[str, Filter]:
        return {list_filter.name: list_filter for list_filter in self.filters}

    @cached_property
    def filter_tree(self) -> dict[str, Any]:
        try:
            parsed = tree.parse(self.state.filter)
            tree.compiled(parsed, self.filter_by_name)
        except FilterError as error:
            self.problem = str(error)
            return {"all": []}
        return parsed

    @cached_property
    def chosen_columns(self) -> list[Column]:
        """The columns to show, in the order the reader gave them; the main ones always."""
        return chosen(self.columns, self.state.cols)

    @cached_property
    def order(self) -> Order:
        """The order asked for, or the default where it asks for something that cannot be sorted."""
        sortable = {column.name: column.sort for column in self.columns if column.sort is not None}
        sort = self.state.sort if self.state.sort.lstrip("-") in sortable else self.default_sort
        return Order(sortable[sort.lstrip("-")], sort.startswith("-"))

    def matching(self) -> Any:
        """Rows after search and filters; none when the filter cannot be understood."""
        condition = tree.compiled(self.filter_tree, self.filter_by_name)
        rows = self.rows().none() if self.problem else self.rows()
        if condition:
            rows = rows.filter(condition)
        if self.state.whose in WHOSE and self.has_owners:
            rows = rows.filter(WHOSE[self.state.whose](self.actor))
        return self.search(rows, self.state.q.strip()) if self.state.q.strip() else rows

    def slice(self) -> Slice[Any]:
        page = sliced(
            self.matching(), self.order, self.page_size, after=self.state.after, before=self.state.before
        )
        self.prepare(page.rows)
        return page

    def count(self) -> tuple[int, bool]:
        """(matching rows, whether there are more)."""
        return counted(self.matching(), COUNT_LIMIT)

    @cached_property
    def views(self) -> list[Any]:
        return list(saved_views(self.actor, self.name))

    @cached_property
    def opens_with(self) -> Any:
        """The view that the reader wants the list to open with, if any."""
        return next((view for view in self.views if view.is_default), None)

    def allowed_bulk(self) -> list[BulkAction]:
        return [action for action in self.bulk if self.may(action.permission)]

    @cached_property
    def allowed_edits(self) -> list[BulkEdit]:
        """Changes of many rows that the actor may make; only a registered list can be found again by its job."""
        if self.name not in LISTS:
            return []
        columns = ColumnEdit(self)
        own = [edit for edit in self.edits if self.may(edit.permission)]
        return [columns, *own] if columns.columns else own

    def edit(self, name: str) -> BulkEdit | None:
        return next((edit for edit in self.allowed_edits if edit.name == name), None)

    @property
    def has_owners(self) -> bool:
        """Whether the rows are records with an owner and a team, so that "Mine" and "My team" are offered."""
        return issubclass(getattr(self.rows(), "model", object), Owned)

    def may(self, permission: str) -> bool:
        """Whether the actor has a permission; everybody has the empty one."""
        return self.actor.may(permission)

    def require(self, permission: str) -> None:
        if permission:
            self.actor.require(permission)

    def column_url(self, name: str, value: str) -> str:
        """The table with the rows that have this value, where the list can be filtered by it."""
        if name not in self.filter_by_name:
            return ""
        condition = {"field": name, "op": "is", "value": [value]}
        both = {"all": [*self.filter_tree["all"], condition]} if "all" in self.filter_tree else None
        return self.state.url(layout="", filter=tree.dumped(both or {"all": [self.filter_tree, condition]}))

    def _bulk(self) -> HttpResponseBase:
        here = self.state.url(after=self.state.after, before=self.state.before)
        name = self.request.POST.get("action", "")
        if edit := self.edit(name):
            return self._choose(edit, here)
        action = next((offered for offered in self.bulk if offered.name == name), None)
        if action is None:
            raise Http404
        self.require(action.permission)
        if action.run is None:
            return export.csv_response(self, self.covered(self._chosen(), action.permission))
        try:
            result = action.run(self.actor, self.covered(self._chosen(), action.permission))
        except ValidationError as error:
            note(self.request, " ".join(error.messages), level="error")
            return redirect(here)
        if result.text:
            note(self.request, result.text, undo_url=result.undo_url)
        return redirect(result.next_url or here)

    def _choose(self, edit: BulkEdit, here: str) -> HttpResponseBase:
        """Keeps which rows are meant, and asks on a page of its own what exactly."""
        rows = self.covered(self._chosen(), edit.permission)
        try:
            change = choose(actor=self.actor, list_name=self.name, edit=edit.name, rows=rows, origin=here)
        except ValidationError as error:
            note(self.request, " ".join(error.messages), level="error")
            return redirect(here)
        return redirect("core:bulk", change.pk)

    def covered(self, rows: Any, permission: str) -> Any:
        """Those of the rows that a permission covers, where they have owners or are about what has owners."""
        return covered(rows, self.actor, permission) if permission and isinstance(rows, QuerySet) else rows

    def _chosen(self) -> Any:
        if self.request.POST.get("everything"):
            return self.matching()
        to_python = self.rows().model._meta.pk.to_python
        try:
            return self.rows().filter(pk__in=[to_python(pk) for pk in self.request.POST.getlist("row")])
        except (ValidationError, ValueError) as error:
            raise Http404 from error

    def _edit_cell(self) -> HttpResponse:
        column = next(
            (candidate for candidate in self.columns if candidate.name == self.request.POST["edit"]), None
        )
        if column is None or column.edit is None:
            raise Http404
        self.require(column.edit.permission)
        row = self.row(self.request.POST.get("row", ""), column.edit.permission)
        try:
            column.edit.take(self.actor, row, self.request.POST.get("value", ""))
        except ValidationError as error:
            answer = HttpResponse(status=422)
            return toast(answer, " ".join(error.messages), level="error")
        return HttpResponse(column.html(self.row(str(row.pk))))

    def row(self, pk: str, permission: str = "") -> Model:
        """One row of the list that the permission covers. Raises Http404."""
        try:
            record: Model | None = self.covered(self.rows(), permission).filter(pk=pk).first()
        except (ValidationError, ValueError) as error:
            raise Http404 from error
        if record is None:
            raise Http404
        self.prepare([record])
        return record
