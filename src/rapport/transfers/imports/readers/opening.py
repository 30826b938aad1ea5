"""Which reader reads a file, by what is in it rather than by its name alone.

Those of spreadsheets and Parquet stand on large libraries, and are loaded when such a file comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import IO

from rapport.transfers.imports.readers import cards, foreign, markup, records, text
from rapport.transfers.imports.readers.base import Layout, Table, Unreadable

Reader = Callable[[IO[bytes], Layout, int], Table]


def inspect(stream: IO[bytes], name: str) -> Layout:
    """The layout of a seekable file. Raises Unreadable."""
    stream.seek(0)
    sample = stream.read(text.SAMPLE)
    stream.seek(0)
    ending = name.lower().rpartition(".")[2]
    if sample[:4] == b"PAR1":
        from rapport.transfers.imports.readers import columnar

        return columnar.inspect(stream)
    if sample[:4] in {b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"}:
        if problem := foreign.zip_refusal(stream):
            raise Unreadable(problem)
        from rapport.transfers.imports.readers import spreadsheets

        return spreadsheets.inspect(stream)
    if problem := foreign.refusal(sample):
        raise Unreadable(problem)
    if cards.begins(sample) or ending in {"vcf", "vcard"}:
        return cards.inspect(sample)
    if markup.begins(sample):
        return markup.inspect(stream, sample)
    if records.begins(sample):
        return records.inspect(stream, sample)
    return text.inspect(sample)


@contextmanager
def rows(stream: IO[bytes], layout: Layout, skip: int = 0) -> Iterator[Table]:
    """The headers and the data rows after the first `skip`. Raises Unreadable, also while rows are taken."""
    stream.seek(0)
    yield _reader(layout.format)(stream, layout, skip)


def _reader(name: str) -> Reader:
    if name == "xlsx":
        from rapport.transfers.imports.readers import spreadsheets

        return spreadsheets.table
    if name == "parquet":
        from rapport.transfers.imports.readers import columnar

        return columnar.table
    return {"csv": text.table, "vcard": cards.table, "markup": markup.table, "json": records.table}[name]


def count(stream: IO[bytes], layout: Layout) -> int:
    """How many data rows there are; reads the file once where it does not say. Raises Unreadable."""
    if layout.format == "parquet":
        from rapport.transfers.imports.readers import columnar

        return columnar.count(stream)
    with rows(stream, layout) as lines:
        return sum(1 for _ in lines.rows)


def beginning(stream: IO[bytes], layout: Layout, most: int = 12) -> list[list[str]]:
    """The first records, title lines and column names among them. Raises Unreadable."""
    with rows(stream, replace(layout, header=0)) as lines:
        return [[str(cell) for cell in row.cells] for row in islice(lines.rows, most)]
