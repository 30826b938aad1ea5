"""XLSX by openpyxl's streaming reader; of the styles only what dates need, of a sheet's size nothing is believed."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl.reader.excel import ExcelReader  # type: ignore[import-untyped]
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]
from openpyxl.worksheet._read_only import ReadOnlyWorksheet  # type: ignore[import-untyped]
from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser  # type: ignore[import-untyped]
from openpyxl.xml.constants import SHEET_MAIN_NS  # type: ignore[import-untyped]
from openpyxl.xml.functions import fromstring, iterparse  # type: ignore[import-untyped]

from rapport.transfers.imports.readers.base import (
    PEEKED,
    FileRow,
    Layout,
    Table,
    Unreadable,
    header_of,
    split_header,
    width_of,
)
from rapport.transfers.imports.readers.packed import check

# Columns A to XFD; a row's number is not believed.
_PLACE = re.compile(r"\$?(?:[A-Z]{1,2}|[A-W][A-Z]{2}|X[A-E][A-Z]|XF[A-D])\$?\d{1,9}")
_STYLES = "xl/styles.xml"
_DATA_TAG = f"{{{SHEET_MAIN_NS}}}sheetData"
# Rows that a sheet can have, and elements that one row can be made of: a few bytes of a file may claim any number.
MOST_ROWS, MOST_IN_ROW = 1_048_576, 400_000
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, ParseError, InvalidFileException,
    AttributeError, EOFError, IndexError, KeyError, NotImplementedError, OSError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


class _Sheet(ReadOnlyWorksheet):  # type: ignore[misc]
    """A sheet whose size is what stands in it."""

    def _get_size(self) -> None:
        """Some programs write A1 whatever the size."""

    def records(self) -> Iterator[list[Any]]:
        """The cells of each row, whatever number the row claims; of all else that a sheet holds nothing is read."""
        book = self.parent
        with self._get_source() as source:
            parser = _Cells(
                source, self._shared_strings, data_only=True, epoch=book.epoch,
                date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,
            )  # fmt: skip
            rows = elements = 0
            for _event, element in iterparse(source):
                elements += 1
                if elements > MOST_IN_ROW or rows > MOST_ROWS:
                    raise Unreadable(
                        _("This sheet has more cells than a sheet can have. Save it again as CSV.")
                    )
                if element.tag == _DATA_TAG:
                    return
                if element.tag == ROW_TAG:
                    rows, elements = rows + 1, 0
                    element.attrib.pop("r", None)
                    _number, cells = parser.parse_row(element)
                    element.clear()
                    yield _placed(cells)


class _Cells(WorkSheetParser):  # type: ignore[misc]
    """Cells one by one: one that is damaged is text, or an error of the spreadsheet, and no other is touched."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        if not _PLACE.fullmatch(element.get("r") or "A1"):
            element.attrib.pop("r")
        try:
            cell: dict[str, Any] = super().parse_cell(element)
            if cell["value"] is None and element.find(FORMULA_TAG) is not None and element.get("t") != "str":
                cell["value"] = "#CALC!"  # the program that wrote it left it to Excel to work out
            return cell
        except (IndexError, OverflowError, TypeError, ValueError):
            is_reference = element.get("t") == "s"
            value = "#REF!" if is_reference else element.findtext(VALUE_TAG)
            return {"column": self.col_counter, "value": value}


def _placed(cells: list[dict[str, Any]]) -> list[Any]:
    line: list[Any] = [None] * max((cell["column"] for cell in cells), default=0)
    for cell in cells:
        line[cell["column"] - 1] = cell["value"]
    return line


@contextmanager
def _readable() -> Iterator[None]:
    """Damage of any kind as Unreadable: openpyxl raises what its parsers meet."""
    try:
        yield
    except Unreadable:
        raise
    except _DAMAGE as error:
        raise Unreadable(_("This is not a readable XLSX workbook. Save it again as XLSX or CSV.")) from error


def inspect(stream: IO[bytes]) -> Layout:
    """The sheets of a workbook, the first one with something in it chosen. Raises Unreadable."""
    with _readable():
        book = _book(stream)
        names = [sheet.title for sheet in book._sheets]
        for name in names:
            if records := list(islice(_records(book, name), PEEKED)):
                return Layout("xlsx", sheet=name, sheets=names, header=header_of(records))
    raise Unreadable(_("Every sheet of this workbook is empty."))


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    """Headers and rows; the first `skip` data rows are counted but not given."""
    with _readable():
        book = _book(stream)
        names = [sheet.title for sheet in book._sheets]
        name = layout.sheet if layout.sheet in names else names[0]
        records = _records(book, name)
        ahead: list[list[Any]] = []

        def kept() -> Iterator[list[Any]]:
            for record in records:
                ahead.append(record)
                yield record

        empty = _("The sheet “%(name)s” is empty. Choose another sheet.") % {"name": name}
        headers, data = split_header(kept(), layout, empty)
        return Table(headers, _rows(chain(ahead[len(ahead) - data :], records), len(headers), skip))


def _book(stream: IO[bytes]) -> Any:
    with zipfile.ZipFile(stream) as packed:
        check(packed)
    stream.seek(0)
    reader = ExcelReader(stream, read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    book = reader.wb
    book._date_formats, book._timedelta_formats = _dates(reader.archive)
    book._sheets = [
        _Sheet(book, sheet.name, relation.target, reader.shared_strings)
        for sheet, relation in reader.parser.find_sheets()
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type
    ]
    if not book._sheets:
        raise Unreadable(_("This workbook has no sheet with a table."))
    return book


def _dates(archive: zipfile.ZipFile) -> tuple[set[int], set[int]]:
    """Which styles of cells are dates, which durations. Nothing else of the styles is looked at."""
    if _STYLES not in archive.namelist():
        return set(), set()
    tree = fromstring(archive.read(_STYLES))
    space = {"x": SHEET_MAIN_NS}
    formats = dict(BUILTIN_FORMATS)
    for entry in tree.iterfind("x:numFmts/x:numFmt", space):
        formats[int(entry.get("numFmtId"))] = entry.get("formatCode") or ""
    dates: set[int] = set()
    durations: set[int] = set()
    for place, style in enumerate(tree.iterfind("x:cellXfs/x:xf", space)):
        form = formats.get(int(style.get("numFmtId") or 0), "General")
        if is_timedelta_format(form):
            durations.add(place)
        elif is_date_format(form):
            dates.add(place)
    return dates, durations


def _records(book: Any, name: str) -> Iterator[list[Any]]:
    """The rows of a sheet that are not empty, as long as they happen to be."""
    sheet = next(sheet for sheet in book._sheets if sheet.title == name)
    for line in sheet.records():
        if any(cell is not None for cell in line):
            cells = [_cell(value) for value in line]
            yield cells[: width_of(cells)]


def _rows(records: Iterator[list[Any]], width: int, skip: int) -> Iterator[FileRow]:
    with _readable():
        for number, cells in enumerate(records, 1):
            if number > skip:
                surplus = any(cell != "" for cell in cells[width:])
                row = cells[:width] + [""] * (width - len(cells))
                yield FileRow(number, row, "more cells than columns" if surplus else "")


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, str | int | float | bool | dt.datetime | dt.date):
        return value
    return str(value)
