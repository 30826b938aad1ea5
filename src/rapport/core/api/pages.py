"""Keyset pagination of the API: `{"data": [...], "next_cursor": ...}` with signed, opaque cursors."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from django.db.models import Model, Q, QuerySet
from ninja import Query

from rapport.core import crypto
from rapport.core.api.problems import Problem
from rapport.core.api.schemas import Schema

T = TypeVar("T")
M = TypeVar("M", bound=Model)
Limit = Annotated[int, Query(50, ge=1, le=200, description="How many at most.")]
Cursor = Annotated[str | None, Query(None, max_length=1000, description="`next_cursor` of the page before.")]


class Page(Schema, Generic[T]):
    """One page of a list; `next_cursor` is null on the last one."""

    data: list[T]
    next_cursor: str | None = None


def seal(scope: str, values: Sequence[Any]) -> str:
    """The cursor of a list `scope` that stands behind a row with these sort values."""
    return crypto.sign(f"cursor:{scope}", msgspec.json.encode([_plain(value) for value in values]))


def unseal(scope: str, cursor: str, length: int) -> list[Any]:
    """The sort values in a cursor. Raises Problem (400) for one that was not made for this list."""
    try:
        values = msgspec.json.decode(crypto.unsign(f"cursor:{scope}", cursor))
    except (crypto.BadSignature, msgspec.DecodeError, ValueError) as error:
        raise Problem(
            400, "The cursor does not belong to this list.", {"/query/cursor": "not valid"}
        ) from error
    if not isinstance(values, list) or len(values) != length:
        raise Problem(400, "The cursor does not belong to this list.", {"/query/cursor": "not valid"})
    return values


def cursor_page(
    rows: QuerySet[M], *, scope: str, sort: Sequence[str], cursor: str | None, limit: int
) -> tuple[list[M], str | None]:
    """One page of `rows`, sorted by `sort` (like order_by; ends in a unique column; none nullable).

    Returns the rows and the cursor of the next page, or None. Raises Problem (400) on a bad cursor.
    """
    names = [name.lstrip("-") for name in sort]
    if cursor:
        given = unseal(scope, cursor, len(sort))
        fields = [rows.model._meta.get_field(name) for name in names]
        values = [field.to_python(value) for field, value in zip(fields, given, strict=True)]  # type: ignore[union-attr]
        rows = rows.filter(_behind(sort, values))
    page = list(rows.order_by(*sort)[: limit + 1])
    if len(page) <= limit:
        return page, None
    last = page[limit - 1]
    return page[:limit], seal(scope, [getattr(last, name) for name in names])


def _behind(sort: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that stand behind `values`; the first column's bound alone lets an index do the work."""
    behind = Q()
    equal = Q()
    for position, (name, value) in enumerate(zip(sort, values, strict=True)):
        column, operator = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        step = equal & Q(**{f"{column}__{operator}": value})
        behind = step if position == 0 else behind | step
        equal &= Q(**{column: value})
    first, operator = sort[0].lstrip("-"), "lte" if sort[0].startswith("-") else "gte"
    return Q(**{f"{first}__{operator}": values[0]}) & behind


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value
