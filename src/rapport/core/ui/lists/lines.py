"""Rows ready to show: as lines of a table, and as cards of a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapport.core.ui.lists.columns import Column, InlineEdit

if TYPE_CHECKING:
    from rapport.core.ui.lists.page import ListPage


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready to show."""

    column: Column
    html: str
    raw: Any
    edit: InlineEdit | None
    edited: str = ""

    @property
    def css(self) -> str:
        """The classes of its place in a table."""
        column = self.column
        roles = (("num", column.num), ("cell-main", column.main), ("cell-empty", self.is_empty))
        return " ".join(name for name, applies in roles if applies)

    @property
    def is_empty(self) -> bool:
        return self.raw is None or self.raw == ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row, ready to show."""

    pk: str
    label: str
    url: str
    cells: list[Cell]

    @property
    def main(self) -> Cell:
        """The cell that links to the record."""
        return next((cell for cell in self.cells if cell.column.main), self.cells[0])

    @property
    def card_cells(self) -> list[Cell]:
        """What a card shows below its title."""
        return [cell for cell in self.cells if not (cell.column.main or cell.is_empty)]


def line_of(page: ListPage, row: Any, columns: Sequence[Column]) -> Line:
    cells = [_cell(page, column, row) for column in columns]
    return Line(str(row.pk), str(row), page.url(row), cells)


def _cell(page: ListPage, column: Column, row: Any) -> Cell:
    edit = column.edit if column.edit and page.may(column.edit.permission) else None
    edited = edit.value(column, row) if edit else ""
    return Cell(column, column.html(row), column.raw(row), edit, edited)
