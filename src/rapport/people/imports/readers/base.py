"""What every reader takes and gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any


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
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in given.items() if name in known})


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


def named(headers: list[Any]) -> list[str]:
    """Column names as text, every one different and none empty."""
    found: list[str] = []
    for number, raw in enumerate(headers, 1):
        base = str(raw).strip() if raw is not None and str(raw).strip() else f"Column {number}"
        name, again = base, 2
        while name in found:
            name, again = f"{base} ({again})", again + 1
        found.append(name)
    return found
