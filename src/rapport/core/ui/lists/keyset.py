"""Keyset pagination of a sorted list: a page begins after the last row of the page before."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Col, Combinable, OrderBy

Row = TypeVar("Row", bound=Model)
KEY = "list_key"


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """One page of rows, with the cursors to the pages beside it ("" where there is none)."""

    rows: list[Row]
    after: str
    before: str


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by: an expression and its direction; ties go by primary key. Nulls come last."""

    by: str | Combinable
    descending: bool = False

    def annotated(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        annotated: QuerySet[Row] = rows.annotate(**{KEY: F(self.by) if isinstance(self.by, str) else self.by})
        return annotated

    def sorting(self, *, backwards: bool, nullable: bool) -> tuple[OrderBy, str]:
        key = F(KEY)
        direction = key.desc if self.descending != backwards else key.asc
        if not nullable:  # naming the place of nulls would keep PostgreSQL from using the column's index
            return direction(), "-pk" if backwards else "pk"
        return (direction(nulls_first=True), "-pk") if backwards else (direction(nulls_last=True), "pk")

    def beyond(self, value: Any, pk: Any, *, backwards: bool, nullable: bool) -> Q:
        """Rows that come after (before) the row with this key. The outer bound lets an index start there."""
        tie = Q(pk__lt=pk) if backwards else Q(pk__gt=pk)
        missing = Q(**{f"{KEY}__isnull": True})
        if value is None:
            return (missing & tie) | ~missing if backwards else missing & tie
        sign = "lt" if self.descending != backwards else "gt"
        within = Q(**{f"{KEY}__{sign}e": value}) & (Q(**{f"{KEY}__{sign}": value}) | tie)
        return within | missing if nullable and not backwards else within


def cut(rows: QuerySet[Row], order: Order, size: int, *, after: str = "", before: str = "") -> Slice[Row]:
    """The page after (or before) a cursor. A damaged cursor gives the first page."""
    rows = order.annotated(rows)
    nullable = _nullable(rows)
    position = _read(after or before, rows)
    backwards = bool(before and not after and position)
    if position:
        rows = rows.filter(order.beyond(*position, backwards=backwards, nullable=nullable))
    fetched = list(rows.order_by(*order.sorting(backwards=backwards, nullable=nullable))[: size + 1])
    more = len(fetched) > size
    fetched = fetched[:size]
    if backwards:
        fetched.reverse()
    return Slice(
        fetched,
        after=_write(fetched[-1]) if fetched and (more or backwards) else "",
        before=_write(fetched[0]) if fetched and (more if backwards else position) else "",
    )


def _nullable(rows: QuerySet[Row]) -> bool:
    key: Any = rows.query.annotations[KEY]
    plain = isinstance(key, Col) and key.alias == rows.query.get_initial_alias()
    return not plain or bool(key.target.null)


def _write(row: Model) -> str:
    value = getattr(row, KEY)
    if isinstance(value, dt.datetime | dt.date):
        value = value.isoformat()
    elif isinstance(value, Decimal | uuid.UUID):
        value = str(value)
    return base64.urlsafe_b64encode(json.dumps([value, str(row.pk)]).encode()).decode().rstrip("=")


def _read(cursor: str, rows: QuerySet[Row]) -> tuple[Any, Any] | None:
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(value, str) and "\0" in value:
            return None
        field = rows.query.annotations[KEY].output_field
        return None if value is None else field.to_python(value), rows.model._meta.pk.to_python(pk)
    except (ValueError, TypeError, ValidationError):
        return None
