"""Which reader reads a file, by what is in it rather than by its name alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import IO

from rapport.transfers.imports.readers import cards, columnar, foreign, markup, records, spreadsheets, text
from rapport.transfers.imports.readers.base import Layout, Table, Unreadable


def inspect(stream: IO[bytes], name: str) -> Layout:
    """The layout of a seekable file. Raises Unreadable."""
    stream.seek(0)
    sample = stream.read(text.SAMPLE)
    stream.seek(0)
    ending = name.lower().rpartition(".")[2]
    if sample[:4] == b"PAR1":
        return columnar.inspect(stream)
    if sample[:4] in {b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"}:
        if problem := foreign.zip_refusal(stream):
            raise Unreadable(problem)
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
    readers = {
        "csv": text.table,
        "xlsx": spreadsheets.table,
        "parquet": columnar.table,
        "vcard": cards.table,
        "markup": markup.table,
        "json": records.table,
    }
    yield readers[layout.format](stream, layout, skip)


def count(stream: IO[bytes], layout: Layout) -> int:
    """How many data rows there are; reads the file once where it does not say. Raises Unreadable."""
    if layout.format == "parquet":
        return columnar.count(stream)
    with rows(stream, layout) as lines:
        return sum(1 for _ in lines.rows)


def beginning(stream: IO[bytes], layout: Layout, most: int = 12) -> list[list[str]]:
    """The first records, title lines and column names among them. Raises Unreadable."""
    with rows(stream, replace(layout, header=0)) as lines:
        return [[str(cell) for cell in row.cells] for row in islice(lines.rows, most)]
