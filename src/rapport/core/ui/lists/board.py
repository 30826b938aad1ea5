"""A list as a board: a column for each value of a choice, and cards that are moved between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.ui import formats
from rapport.core.ui.lists.keyset import Slice, cut
from rapport.core.ui.lists.lines import Line, line_of
from rapport.core.ui.toasts import toast

if TYPE_CHECKING:
    from rapport.core.ui.lists.page import ListPage

CARDS = 20
# Columns beyond these are filled when they come into view.
EAGER = 6
Label = str | Promise
Choices = Iterable[tuple[Any, Label]]


@dataclass(frozen=True, slots=True)
class Board:
    """How a list is shown as a board.

    `by`: ORM path of the choice; `choices`: its (value, label) in the order of the columns, or a function of the actor
    that gives them. Rows without a value stand under the choice "" where there is one.
    `move(actor, row, value)` calls a service and raises ValidationError for a move that will not do; without it the
    board is only looked at. Whoever lacks `permission` moves nothing.
    `weight`: ORM path that is summed up per column; `weigh(total)` says the sum in words.
    `column`: the list's column that says the same as the place on the board (default: `by`).
    `card_columns`: the columns that a card shows, until the reader chooses others (default: as the table).
    """

    by: str
    choices: Choices | Callable[[Actor], Choices]
    move: Callable[[Actor, Any, str], object] | None = None
    permission: str = ""
    weight: str = ""
    weigh: Callable[[Any], str] = formats.number
    column: str = ""
    card_columns: tuple[str, ...] = ()

    def labels(self, actor: Actor) -> dict[str, Label]:
        pairs = self.choices(actor) if callable(self.choices) else self.choices
        return {str(value): label for value, label in pairs}

    def within(self, value: str) -> Q:
        """The rows of one column."""
        empty = Q(**{f"{self.by}__isnull": True})
        return Q(**{self.by: value}) | empty if value == "" else Q(**{self.by: value})


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One column of the board, ready to show. `following` is where more of its cards come from."""

    value: str
    label: Label
    count: int
    total: str
    table_url: str
    lines: list[Line]
    following: str


def board_context(page: ListPage, board: Board) -> dict[str, Any]:
    """Runs a query for the totals and one for each of the first columns, whatever the number of rows."""
    labels = list(board.labels(page.actor).items())
    cuts = {value: _cards(page, board, value, "") for value, _label in labels[:EAGER]}
    page.prepare([row for cards in cuts.values() for row in cards.rows])
    totals = _totals(page, board)
    return {
        "board_columns": [
            _column(page, board, value, label, totals.get(value, (0, 0)), cuts.get(value))
            for value, label in labels
        ],
        "may_move": _may_move(page, board),
    }


def more_cards(page: ListPage, board: Board) -> HttpResponseBase:
    """More cards of the column that the request names."""
    value = page.request.GET.get("column", "")
    if value not in board.labels(page.actor):
        raise Http404
    cards = _cards(page, board, value, page.request.GET.get("after", ""))
    page.prepare(cards.rows)
    context = {
        "list": page,
        "lines": _lines(page, board, cards),
        "following": _following(page, value, cards.after),
        "may_move": _may_move(page, board),
    }
    return render(page.request, "core/list/board_cards.html", context)


def move(page: ListPage, board: Board, pk: str, value: str) -> HttpResponse:
    """Moves a card, and answers with it and the heads of all columns, or with 422 and a reason."""
    labels = board.labels(page.actor)
    if board.move is None or value not in labels:
        raise Http404
    page.require(board.permission)
    row = page.row(pk, board.permission)
    before = page.rows().filter(pk=row.pk).values_list(board.by, flat=True).first()
    try:
        board.move(page.actor, row, value)
    except ValidationError as error:
        return toast(HttpResponse(status=422), " ".join(error.messages), level="error")
    totals = _totals(page, board)
    context = {
        "list": page,
        "board_columns": [
            _column(page, board, key, label, totals.get(key, (0, 0)), None) for key, label in labels.items()
        ],
        "line": _card(page, board, page.row(pk)),
        "may_move": True,
    }
    answer = render(page.request, "core/list/board_moved.html", context)
    here = page.state.url(after=page.state.after, before=page.state.before)
    undo = _with(here, move=row.pk, to="" if before is None else before)
    words = _("“%(row)s” is in %(column)s now.") % {"row": row, "column": labels[value]}
    return toast(answer, words, level="success", undo_url=undo)


def _may_move(page: ListPage, board: Board) -> bool:
    return board.move is not None and page.may(board.permission)


def _cards(page: ListPage, board: Board, value: str, after: str) -> Slice[Any]:
    return cut(page.matching().filter(board.within(value)), page.order, CARDS, after=after)


def _lines(page: ListPage, board: Board, cards: Slice[Any]) -> list[Line]:
    return [_card(page, board, row) for row in cards.rows]


def _card(page: ListPage, board: Board, row: Any) -> Line:
    shown = board.card_columns if board.card_columns and not page.state.cols else None
    columns = [
        column
        for column in (page.chosen_columns if shown is None else page.columns)
        if column.name != (board.column or board.by)
        and (shown is None or column.main or column.name in shown)
    ]
    return line_of(page, row, columns)


def _following(page: ListPage, value: str, after: str) -> str:
    """Where the cards that come after a cursor are asked for."""
    base = page.state.url(after=after, before="") if after else ""
    return _with(base, column=value) if base else ""


def _with(url: str, **values: Any) -> str:
    """The address with more in its query; a value is a choice's, which may hold any sign."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(values)}"


def _totals(page: ListPage, board: Board) -> dict[str, tuple[int, Any]]:
    """{value: (cards, their weight)}."""
    sums: dict[str, Any] = {"total": Sum(board.weight)} if board.weight else {}
    totals: dict[str, tuple[int, Any]] = {}
    for group in page.matching().order_by().values(board.by).annotate(count=Count("pk"), **sums):
        value = "" if group[board.by] is None else str(group[board.by])
        count, total = totals.get(value, (0, 0))
        totals[value] = count + group["count"], total + (group.get("total") or 0)
    return totals


def _column(
    page: ListPage,
    board: Board,
    value: str,
    label: Label,
    totals: tuple[int, Any],
    cards: Slice[Any] | None,
) -> BoardColumn:
    count, total = totals
    if cards is not None:
        following = _following(page, value, cards.after)
    else:
        following = _with(page.state.url(), column=value) if count else ""
    return BoardColumn(
        value=value,
        label=label,
        count=count,
        total=board.weigh(total) if board.weight else "",
        table_url=page.column_url(board.column or board.by, value),
        lines=_lines(page, board, cards) if cards is not None else [],
        following=following,
    )
