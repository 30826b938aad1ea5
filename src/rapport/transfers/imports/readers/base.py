"""What every reader takes and gives."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import IO, Any

MOST_COLUMNS = 2_000
# What a spreadsheet takes for the beginning of a formula; files that people get write an apostrophe before it.
GUARDED = frozenset("=+-@\t\r\n|")


class Unreadable(ValueError):
    """The file cannot be read as what it seems to be; the message says what to do."""


@dataclass(slots=True)
class Layout:
    """How a file is to be read. `format` is csv, xlsx, parquet or vcard; the rest concerns one of them."""

    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    lossy: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Layout:
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in given.items() if name in names})


@dataclass(slots=True)
class Row:
    """One record. `number` counts data rows from 1; `cells` are text, or typed values where a format has them.

    `problem` says why the row cannot be taken as it is (more cells than columns).
    """

    number: int
    cells: list[Any]
    problem: str = ""


@dataclass(slots=True)
class Table:
    """The column names and the rows after them."""

    headers: list[str]
    rows: Iterator[Row]


class Borrowed(io.RawIOBase):
    """A stream that stays open when the text reader upon it is dropped: it belongs to the caller."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def text_of(stream: IO[bytes], encoding: str, errors: str, newline: str | None) -> io.TextIOWrapper:
    """The stream as text, read a quarter of a megabyte at a time."""
    buffered = io.BufferedReader(Borrowed(stream), 256 * 1024)
    return io.TextIOWrapper(buffered, encoding=encoding, errors=errors, newline=newline)


def named(headers: list[Any]) -> list[str]:
    """Column names as text, every one different and none empty. Raises Unreadable for too many."""
    if len(headers) > MOST_COLUMNS:
        raise Unreadable(f"There are {len(headers):,} columns; at most {MOST_COLUMNS:,} are read.")
    found: dict[str, None] = {}
    for number, raw in enumerate(headers, 1):
        base = str(raw).strip() if raw is not None and str(raw).strip() else f"Column {number}"
        if base[:1] == "'" and base[1:2] in GUARDED:
            base = base[1:]  # an error file guards names against being run as formulas
        name, again = base, 2
        while name in found:
            name, again = f"{base} ({again})", again + 1
        found[name] = None
    return list(found)
