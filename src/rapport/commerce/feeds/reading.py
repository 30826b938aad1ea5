"""A stored file as numbered rows of named cells, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from rapport.commerce.feeds import columns, google
from rapport.transfers.imports import readers

SAMPLE = 200


@dataclass(slots=True)
class Row:
    """`number` counts from 1; `problem` says why it cannot be read."""

    number: int
    cells: dict[str, Any]
    problem: str = ""


@contextmanager
def rows(file: str, name: str, skip: int = 0) -> Iterator[Iterator[Row]]:
    """The rows after the first `skip`. Raises readers.Unreadable, also while rows are taken."""
    with default_storage.open(file) as stream:
        head = stream.read(4096)
        stream.seek(0)
        if google.begins(head):
            numbered = enumerate(google.rows(stream), 1)
            yield (Row(number, cells) for number, cells in numbered if number > skip)
            return
        layout = readers.inspect(stream, name)
        with readers.rows(stream, layout, skip) as table:
            headers = table.headers
            yield (
                Row(row.number, dict(zip(headers, row.cells, strict=False)), row.problem)
                for row in table.rows
            )


def sample(file: str, name: str) -> list[Row]:
    """The first rows. Raises readers.Unreadable for a file without any; damage after them shows when it is read."""
    first: list[Row] = []
    try:
        with rows(file, name) as taken:
            first.extend(islice(taken, SAMPLE))
    except readers.Unreadable:
        if not first:
            raise
    if not first:
        raise readers.Unreadable(_("There are no rows in this file."))
    return first


def suggestion(first: list[Row]) -> dict[str, str]:
    """{column: field} for all columns of these rows."""
    return columns.suggested(dict.fromkeys(column for row in first for column in row.cells))
