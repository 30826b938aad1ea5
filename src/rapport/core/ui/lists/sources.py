"""Rows of a list that are no queryset: worked out in memory, or kept in another store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

from django.db.models import Q, QuerySet

from rapport.core.ui.lists.keyset import Order, Slice, cut


class RowSource(Protocol):
    """What a list needs of its rows, so that search, filters, sort, pages and export work as with a querysets' rows.

    Rows have a `pk`. Conditions are those that filters give: Q objects over the rows' fields.
    """

    def filter(self, condition: Q) -> Self:
        """The rows for which it holds."""
        ...

    def none(self) -> Self:
        """No rows at all."""
        ...

    def slice(self, order: Order, size: int, *, after: str = "", before: str = "") -> Slice[Any]:
        """One page after (or before) a cursor that an earlier page gave; a damaged cursor gives the first page."""
        ...

    def count(self) -> int: ...


def sliced(rows: Any, order: Order, size: int, *, after: str = "", before: str = "") -> Slice[Any]:
    """One page of a queryset or of a `RowSource`."""
    if isinstance(rows, QuerySet):
        return cut(rows, order, size, after=after, before=before)
    page: Slice[Any] = rows.slice(order, size, after=after, before=before)
    return page


def counted(rows: Any, limit: int) -> tuple[int, bool]:
    """(rows, whether there are more): counting stops at the limit, so that it stays quick."""
    count = rows.order_by().values("pk")[: limit + 1].count() if isinstance(rows, QuerySet) else rows.count()
    return min(count, limit), count > limit


class MemoryRows:
    """Rows that are all there, up to some thousands: what is joined from two stores, or comes from elsewhere."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows

    def filter(self, condition: Q) -> MemoryRows:
        return MemoryRows([row for row in self.rows if holds(condition, row)])

    def none(self) -> MemoryRows:
        return MemoryRows([])

    def count(self) -> int:
        return len(self.rows)

    def slice(self, order: Order, size: int, *, after: str = "", before: str = "") -> Slice[Any]:
        """Cursors are keys: a page goes on after the row that the page before ended with."""
        path = str(order.by)
        there = [row for row in self.rows if _value(row, path) is not None]
        ordered = sorted(sorted(there, key=lambda row: row.pk), key=lambda row: _sortable(_value(row, path)))
        if order.descending:
            ordered.reverse()
        ordered += [row for row in self.rows if _value(row, path) is None]
        places = {str(row.pk): place for place, row in enumerate(ordered)}
        start = max(0, places[before] - size) if before in places else places.get(after, -1) + 1
        rows = ordered[start : start + size]
        return Slice(
            rows,
            after=str(rows[-1].pk) if rows and start + size < len(ordered) else "",
            before=str(rows[0].pk) if rows and start else "",
        )


def _sortable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name, None)
    return row


_LOOKUPS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": lambda value, wanted: bool(value == wanted),
    "iexact": lambda value, wanted: str(value).casefold() == str(wanted).casefold(),
    "icontains": lambda value, wanted: str(wanted).casefold() in str(value).casefold(),
    "istartswith": lambda value, wanted: str(value).casefold().startswith(str(wanted).casefold()),
    "in": lambda value, wanted: value in wanted,
    "gt": lambda value, wanted: bool(value > wanted),
    "gte": lambda value, wanted: bool(value >= wanted),
    "lt": lambda value, wanted: bool(value < wanted),
    "lte": lambda value, wanted: bool(value <= wanted),
}


def holds(condition: Any, row: Any) -> bool:
    """Whether a filter's condition holds for one row, as it would in SQL; nothing compares with what is missing."""
    if isinstance(condition, Q):
        if not condition.children:
            return True
        results = (holds(child, row) for child in condition.children)
        outcome = all(results) if condition.connector == Q.AND else any(results)
        return outcome != condition.negated
    path, wanted = condition
    *names, last = path.split("__")
    if last == "isnull":
        return bool((_value(row, "__".join(names)) is None) == wanted)
    if last in _LOOKUPS:
        path = "__".join(names)
    value = _value(row, path)
    return value is not None and _LOOKUPS.get(last, _LOOKUPS["exact"])(value, wanted)
