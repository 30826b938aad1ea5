"""Lists: every page of rows in Rapport is one `ListPage`. See the README of `core.ui` for an example."""

from rapport.core.ui.lists.board import Board
from rapport.core.ui.lists.bulk import BulkAction, BulkEdit, BulkResult
from rapport.core.ui.lists.calendar import Calendar
from rapport.core.ui.lists.columns import Column, InlineEdit
from rapport.core.ui.lists.filters import (
    BooleanFilter,
    ChoiceFilter,
    DateFilter,
    Filter,
    FilterError,
    NumberFilter,
    TextFilter,
)
from rapport.core.ui.lists.page import ListPage
from rapport.core.ui.lists.sources import MemoryRows, RowSource

__all__ = [
    "Board",
    "BooleanFilter",
    "BulkAction",
    "BulkEdit",
    "BulkResult",
    "Calendar",
    "ChoiceFilter",
    "Column",
    "DateFilter",
    "Filter",
    "FilterError",
    "InlineEdit",
    "ListPage",
    "MemoryRows",
    "NumberFilter",
    "RowSource",
    "TextFilter",
]
