"""Parquet, a batch of rows at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from rapport.transfers.imports.readers.base import Layout, Row, Table, Unreadable, named

BATCH = 5_000


def inspect(stream: IO[bytes]) -> Layout:
    """Raises Unreadable."""
    _open(stream)
    return Layout("parquet")


def count(stream: IO[bytes]) -> int:
    return int(_open(stream).metadata.num_rows)


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    """Whole row groups before `skip` are not even decoded."""
    file = _open(stream)
    groups: list[int] = []
    before = 0
    for index in range(file.num_row_groups):
        size = file.metadata.row_group(index).num_rows
        if groups or before + size > skip:
            groups.append(index)
        else:
            before += size
    return Table(named(list(file.schema_arrow.names)), _rows(file, groups, before, skip))


def _open(stream: IO[bytes]) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream)
    except (pa.ArrowException, OSError) as error:
        raise Unreadable("This is not a readable Parquet file. Write it again, or save it as CSV.") from error


def _rows(file: pq.ParquetFile, groups: list[int], before: int, skip: int) -> Iterator[Row]:
    number = before
    for batch in file.iter_batches(batch_size=BATCH, row_groups=groups):
        columns = [column.to_pylist() for column in batch.columns]
        for cells in zip(*columns, strict=True):
            number += 1
            if number > skip:
                yield Row(number, [_cell(cell) for cell in cells])


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str | int | float | bool | dt.datetime | dt.date | list | dict):
        return value
    return str(value)
