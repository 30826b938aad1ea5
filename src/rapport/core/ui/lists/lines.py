"""Rows ready to show: as lines of a table, and as cards of a board."""

from __future__ import annotations

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
    def facts(self) -> list[Cell]:
        """What a card shows below its title."""
        return [cell for cell in self.cells if not (cell.column.main or cell.is_empty)]


def line_of(page: ListPage, row: Any, *, without: str = "") -> Line:
    """`without` names a column that says what the row's place says already."""
    cells = [
        Cell(column, column.html(row), column.raw(row), _editable(page, column))
        for column in page.chosen_columns
        if column.name != without
    ]
    return Line(str(row.pk), str(row), page.url(row), cells)


def _editable(page: ListPage, column: Column) -> InlineEdit | None:
    return column.edit if column.edit and page.may(column.edit.permission) else None
