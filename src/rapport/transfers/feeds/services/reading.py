"""Rows of a file as records for a mapping: one a row, or one for adjacent rows of the same order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from rapport.transfers.imports import readers

MOST_LINES = 1_000


@dataclass(slots=True)
class Record:
    """What one event is made of. `row` is its first row, `until` its last; `problem` says why it cannot be taken."""

    row: int
    until: int
    cells: dict[str, Any]
    key: str = ""
    problem: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)


def records(file: str, name: str, group_by: str) -> Iterator[Record]:
    """All records of a stored file, from the first: their keys count repetitions. Raises readers.Unreadable."""
    with default_storage.open(file) as stream:
        layout = readers.inspect(stream, name)
        with readers.rows(stream, layout) as table:
            if group_by and group_by not in table.headers:
                raise readers.Unreadable(
                    _("There is no column “%(name)s” in this file.") % {"name": group_by}
                )
            single = (_record(table.headers, row) for row in table.rows)
            yield from _keyed(_grouped(single, group_by) if group_by else single, group_by)


def total(file: str, name: str) -> int:
    """How many rows the file has. Raises readers.Unreadable."""
    with default_storage.open(file) as stream:
        return readers.count(stream, readers.inspect(stream, name))


def _record(headers: list[str], row: readers.FileRow) -> Record:
    cells = dict(zip(headers, row.cells, strict=False))
    return Record(row.number, row.number, cells, problem=row.problem)


def _grouped(single: Iterator[Record], column: str) -> Iterator[Record]:
    """Adjacent rows with the same value in a column as one: the first row's cells, and all rows as `lines`."""
    current: Record | None = None
    for record in single:
        same = (
            current is not None
            and not record.problem
            and record.cells.get(column) == current.cells.get(column)
        )
        if current is not None and same and not current.problem and len(current.lines) < MOST_LINES:
            current.until = record.row
            current.lines.append(record.cells)
            continue
        if current is not None:
            yield current
        current = record
        current.lines = [record.cells]
    if current is not None:
        yield current


def _keyed(records: Iterator[Record], group_by: str) -> Iterator[Record]:
    """The same rows have the same keys in every file; equal rows within one file are told apart by their number."""
    again: Counter[bytes] = Counter()
    for record in records:
        content = record.lines if group_by else record.cells
        digest = hashlib.sha256(msgspec.json.encode(content, order="sorted")).digest()[:20]
        again[digest] += 1
        record.key = f"{digest.hex()}-{again[digest]}"
        if group_by:
            group = hashlib.sha256(str(record.cells.get(group_by)).encode()).digest()[:12]
            again[group] += 1
            if again[group] > 1 and not record.problem:
                record.problem = _(
                    "The rows with the same “%(name)s” are not together; sort the file by that column."
                ) % {"name": str(record.cells.get(group_by))[:80]}
            record.cells = {**record.cells, "lines": record.lines}
        yield record
