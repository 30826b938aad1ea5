"""Parquet, a batch of rows at a time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from rapport.transfers.imports.readers.base import FileRow, Layout, Table, Unreadable, named

BATCH = 5_000
DEPTH = 5
DAMAGED = "a value that cannot be read"


def inspect(stream: IO[bytes]) -> Layout:
    """Raises Unreadable."""
    _open(stream)
    return Layout("parquet")


def count(stream: IO[bytes]) -> int:
    return int(_open(stream).metadata.num_rows)


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    """Whole row groups before `skip` are not even decoded. Members of structures are columns: address.city."""
    file = _open(stream)
    groups: list[int] = []
    before = 0
    for index in range(file.num_row_groups):
        size = file.metadata.row_group(index).num_rows
        if groups or before + size > skip:
            groups.append(index)
        else:
            before += size
    names = named(_flat(file.schema_arrow.empty_table()).column_names)
    if not names:
        raise Unreadable(_("This Parquet file has no columns. Write it again, or save it as CSV."))
    return Table(names, _rows(file, names, groups, before, skip))


def _open(stream: IO[bytes]) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream)
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(
            _("This is not a readable Parquet file. Write it again, or save it as CSV.")
        ) from error


def _flat(table: pa.Table) -> pa.Table:
    for _level in range(DEPTH):
        if not any(pa.types.is_struct(column.type) for column in table.schema):
            break
        table = table.flatten()
    return table


def _rows(
    file: pq.ParquetFile, names: list[str], groups: list[int], before: int, skip: int
) -> Iterator[FileRow]:
    number = before
    try:
        for batch in file.iter_batches(batch_size=BATCH, row_groups=groups):
            columns = [_values(column) for column in _flat(pa.Table.from_batches([batch])).columns]
            for cells in zip(*columns, strict=True):
                number += 1
                if number > skip:
                    damaged = [
                        (names[place], DAMAGED, "") for place, cell in enumerate(cells) if cell is DAMAGED
                    ]
                    yield FileRow(number, [_cell(cell) for cell in cells], "", damaged)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable(
            _("Row %(n)d of this Parquet file cannot be read (%(why)s).") % {"n": number + 1, "why": error}
        ) from error


def _values(column: pa.ChunkedArray) -> list[Any]:
    """A column's values; one that Python has no form for (a day in the year 2,000,000) costs nothing but itself."""
    try:
        return column.to_pylist()  # type: ignore[no-any-return]
    except (pa.ArrowException, ValueError, OverflowError):
        return [_value(scalar) for scalar in column]


def _value(scalar: pa.Scalar) -> Any:
    try:
        return scalar.as_py()
    except (pa.ArrowException, ValueError, OverflowError):
        return DAMAGED


def _cell(value: Any) -> Any:
    """A value as other readers have it: text, a number, a moment, or what JSON can hold of them."""
    if value is None or value is DAMAGED or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | dict):
        return _nested(value)
    if isinstance(value, str | int | float | bool | dt.datetime | dt.date):
        return value
    return str(value)


def _nested(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _nested(item) for name, item in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):  # a map
            return {str(name): _nested(item) for name, item in value}
        return [_nested(item) for item in value]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return None if value is None else _cell(value)
