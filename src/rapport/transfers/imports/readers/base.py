"""What every reader takes and gives."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import islice
from typing import IO, Any

from django.utils.translation import gettext as _

from rapport.core import plain_text

MOST_COLUMNS = 2_000
MOST_NAME = 500
# What a spreadsheet takes for the beginning of a formula; files that people get write an apostrophe before it.
GUARDED = frozenset("=+-@\t\r\n|")
# So many records tell where the column names stand.
PEEKED = 200
# What is no column's name: an address, a long number, a date.
_DATUM = re.compile(r"[^@\s]+@[^@\s]+\.\w+|\+?[\d ()/-]{7,}|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*")
# What is said of a row that had some.
NUL = "NUL characters, which were left out"
# What is not seen at the ends of a name or a cell, and never in an address.
INVISIBLE = plain_text.INVISIBLE + plain_text.JOINERS


class Unreadable(ValueError):
    """The file cannot be read as what it seems to be; the message says what to do."""


@dataclass(slots=True)
class Layout:
    """How a file is to be read. `format` is csv, xlsx, parquet, vcard, markup or json; the rest
    concerns one of them.

    `header` is the record with the column names, counted from 1 without empty ones; 0 when there is none. Lines that
    are not in `encoding` are read in `fallback`, unless the encoding is `exact`: then they are an error. In a file that
    is `spaced`, blanks before a cell are none of it, so that a quotation mark behind them opens it.
    """

    format: str
    encoding: str = "utf-8"
    fallback: str = "cp1252"
    exact: bool = False
    delimiter: str = ","
    quote: str = '"'
    spaced: bool = False
    header: int = 1
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Layout:
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in given.items() if name in names})


@dataclass(slots=True)
class FileRow:
    """One record. `number` counts data rows from 1; `cells` are text, or typed values where a format has them.

    `problem` says why the row cannot be taken as it is (more cells than columns), `remarks` what of it could not be
    read or was read in another way than the rest: (column, reason, value), the column "" for the whole row.
    """

    number: int
    cells: list[Any]
    problem: str = ""
    remarks: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """The column names and the rows after them."""

    headers: list[str]
    rows: Iterator[FileRow]


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


def buffered(stream: IO[bytes]) -> io.BufferedReader:
    """The stream, read a quarter of a megabyte at a time."""
    return io.BufferedReader(Borrowed(stream), 256 * 1024)


def named(headers: Sequence[Any]) -> list[str]:
    """Column names as text, none empty, all different also to who ignores case. Raises Unreadable for too many."""
    if len(headers) > MOST_COLUMNS:
        raise Unreadable(
            _("There are %(n)d columns; at most %(most)d are read.")
            % {"n": len(headers), "most": MOST_COLUMNS}
        )
    names: list[str] = []
    taken: set[str] = set()
    for number, raw in enumerate(headers, 1):
        base = " ".join(str(raw).strip(INVISIBLE).split()) if raw is not None else ""
        base = base[:MOST_NAME] or f"Column {number}"
        if base[:1] == "'" and base[1:2] in GUARDED:
            base = base[1:]  # an error file guards names against being run as formulas
        name, again = base, 2
        while name.lower() in taken:
            name, again = f"{base} ({again})", again + 1
        taken.add(name.lower())
        names.append(name)
    return names


def header_of(records: Sequence[Sequence[Any]]) -> int:
    """Which of the first records has the column names: 1 as a rule, more after title lines, 0 when none has."""
    filled = [sum(cell not in ("", None) for cell in record) for record in records]
    usual = Counter(width_of(record) for record in records).most_common(1)[0][0] if records else 0
    for number, record in enumerate(records, 1):
        if filled[number - 1] < max(1, usual * 0.6):
            continue
        if not any(isinstance(cell, str) and _DATUM.fullmatch(cell.strip()) for cell in record):
            return number
        if filled[number - 1] >= usual:
            return 0
    return 1


def width_of(record: Sequence[Any]) -> int:
    """How many cells a record has, without empty ones at its end."""
    return max((place for place, cell in enumerate(record, 1) if cell not in ("", None)), default=0)


def split_header(records: Iterator[list[Any]], layout: Layout, empty: str) -> tuple[list[str], int]:
    """(column names, how many records are data of those that were read). Raises Unreadable with `empty`.

    A column without a name is one where most rows have something in it.
    """
    before = list(islice(records, layout.header))
    if len(before) < layout.header:
        raise Unreadable(empty)
    ahead = list(islice(records, PEEKED))
    if not before and not ahead:
        raise Unreadable(empty)
    names = before[-1] if before else []
    widths = sorted(width_of(record) for record in ahead)
    usual = widths[(len(widths) - 1) // 2 if names else -1] if widths else 0
    return named([*names, *[None] * (usual - len(names))]), len(ahead)
