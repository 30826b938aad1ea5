"""The formats of exports. Each writer takes rows as they come and holds no more than a buffer of them.

The libraries of some formats are large, and loaded when such a file is written: most processes never do.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import IO, Any, Protocol

import vobject  # type: ignore[import-untyped]
from django.utils.translation import gettext as _

from rapport.core.ui.lists.columns import csv_value

SHEET_LIMIT = 1_048_575
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "vcard": "text/vcard; charset=utf-8",
    "jsonl": "application/x-ndjson",
}
ENDINGS = {"csv": "csv", "xlsx": "xlsx", "parquet": "parquet", "vcard": "vcf", "jsonl": "jsonl"}


class TooLarge(ValueError):
    """The format cannot hold so many rows; the message names one that can."""


class Writer(Protocol):
    def write(self, rows: Sequence[Sequence[Any]]) -> None: ...

    def close(self) -> None: ...


class Csv:
    """RFC 4180 in UTF-8 with a byte order mark, so that spreadsheets read it right; no cell runs as a formula."""

    def __init__(self, out: IO[bytes], headers: Sequence[str]) -> None:
        self._out = out
        out.write(b"\xef\xbb\xbf")
        self.write([headers])

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows([csv_value(cell) for cell in row] for row in rows)
        self._out.write(text.getvalue().encode())

    def close(self) -> None:
        self._out.flush()


class Xlsx:
    """One sheet, written as a stream. Text stays text: what begins like a formula gets an apostrophe."""

    def __init__(self, out: IO[bytes], headers: Sequence[str]) -> None:
        from openpyxl import Workbook  # type: ignore[import-untyped]

        self._out, self._rows = out, 0
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("People")
        self._sheet.freeze_panes = "A2"
        self._sheet.append([_legal(csv_value(header)) for header in headers])

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self._rows += len(rows)
        if self._rows > SHEET_LIMIT:
            raise TooLarge(
                _("A sheet holds %(limit)s rows. Choose CSV or Parquet, or export fewer people.")
                % {"limit": format(SHEET_LIMIT, ",")}
            )
        for row in rows:
            self._sheet.append([_legal(csv_value(cell)) for cell in row])

    def close(self) -> None:
        self._book.save(self._out)


def _legal(value: Any) -> Any:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # type: ignore[import-untyped]

    return ILLEGAL_CHARACTERS_RE.sub("", value)[:32_767] if isinstance(value, str) else value


class Parquet:
    """Columns of text; a row group per chunk."""

    def __init__(self, out: IO[bytes], headers: Sequence[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._schema = pa.schema([(header, pa.string()) for header in headers])
        self._writer = pq.ParquetWriter(out, self._schema, compression="zstd")

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        import pyarrow as pa

        columns = [
            [None if cell == "" else str(cell) for cell in column] for column in zip(*rows, strict=True)
        ]
        self._writer.write_table(pa.table(columns, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


class JsonLines:
    """One object a line; empty cells are left out."""

    def __init__(self, out: IO[bytes], headers: Sequence[str]) -> None:
        self._out, self._headers = out, list(headers)

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            cells = {name: cell for name, cell in zip(self._headers, row, strict=True) if cell != ""}
            self._out.write(json.dumps(cells, ensure_ascii=False).encode() + b"\n")

    def close(self) -> None:
        self._out.flush()


class VCard:
    """vCard 4.0 of what an address book knows; the other columns are left out."""

    def __init__(self, out: IO[bytes], headers: Sequence[str]) -> None:
        self._out = out
        self._at = {re.sub(r" \(.*\)$", "", name).removeprefix("trait."): i for i, name in enumerate(headers)}

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            cells = {name: str(row[index]) for name, index in self._at.items() if row[index] != ""}
            self._out.write(_card(cells).encode())

    def close(self) -> None:
        self._out.flush()


def _card(cells: dict[str, str]) -> str:
    card = vobject.vCard()
    first, last = cells.get("first_name", ""), cells.get("last_name", "")
    shown = (
        cells.get("name")
        or cells.get("full_name")
        or f"{first} {last}".strip()
        or cells.get("email", "Unknown")
    )
    card.add("fn").value = shown
    card.add("n").value = vobject.vcard.Name(family=last, given=first)
    for name, field in (("email", "email"), ("phone", "tel")):
        for value in filter(None, cells.get(name, "").split("; ")):
            card.add(field).value = value
    places = ("street", "city", "region", "postcode", "country")
    if any(cells.get(name) for name in places):
        street, city, region, code, country = (cells.get(name, "") for name in places)
        card.add("adr").value = vobject.vcard.Address(street, city, region, code, country)
    for name, field in (("title", "title"), ("birthday", "bday"), ("website", "url"), ("note", "note")):
        if cells.get(name):
            card.add(field).value = cells[name]
    if cells.get("company"):
        card.add("org").value = [cells["company"]]
    if cells.get("person_id"):
        card.add("uid").value = f"urn:uuid:{cells['person_id']}"
    text: str = card.serialize(validate=False)
    return text.replace("VERSION:3.0", "VERSION:4.0", 1)


WRITERS: dict[str, type[Csv | Xlsx | Parquet | JsonLines | VCard]] = {
    "csv": Csv, "xlsx": Xlsx, "parquet": Parquet, "jsonl": JsonLines, "vcard": VCard,
}  # fmt: skip
