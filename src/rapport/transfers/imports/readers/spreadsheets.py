"""XLSX by openpyxl's streaming reader."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from openpyxl import load_workbook  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

from rapport.transfers.imports.readers.base import Layout, Row, Table, Unreadable, named
from rapport.transfers.imports.readers.packed import check


def inspect(stream: IO[bytes]) -> Layout:
    """The sheets of a workbook, the first one chosen. Raises Unreadable."""
    book = _book(stream)
    try:
        return Layout("xlsx", sheet=book.sheetnames[0], sheets=list(book.sheetnames))
    finally:
        book.close()


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    """Headers are the first row that is not empty."""
    book = _book(stream)
    name = layout.sheet if layout.sheet in book.sheetnames else book.sheetnames[0]
    lines = book[name].iter_rows(values_only=True)
    for line in lines:
        if any(cell is not None for cell in line):
            last = max(index for index, cell in enumerate(line) if cell is not None) + 1
            return Table(named(list(line[:last])), _rows(lines, last, skip))
    raise Unreadable(f"The sheet “{name}” is empty. Choose another sheet.")


def _book(stream: IO[bytes]) -> Any:
    try:
        with zipfile.ZipFile(stream) as packed:
            check(packed)
        stream.seek(0)
        return load_workbook(stream, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise Unreadable("This is not a readable XLSX workbook. Save it again as XLSX or CSV.") from error


def _rows(lines: Iterator[tuple[Any, ...]], width: int, skip: int) -> Iterator[Row]:
    number = 0
    for line in lines:
        if not any(cell is not None for cell in line):
            continue
        number += 1
        if number > skip:
            cells = [_cell(value) for value in line[:width]]
            yield Row(number, cells + [""] * (width - len(cells)))


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, str | int | float | bool | dt.datetime | dt.date):
        return value
    return str(value)
