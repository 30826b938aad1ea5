"""Tables of markup that other systems call an Excel export: HTML saved as .xls, and XML Spreadsheet 2003."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain, islice
from typing import IO

from django.utils.translation import gettext as _

from rapport.transfers.imports.readers.base import (
    MOST_COLUMNS,
    PEEKED,
    FileRow,
    Layout,
    Table,
    Unreadable,
    header_of,
    split_header,
)
from rapport.transfers.imports.readers.encodings import detected

# What one tag or text may have before its end: the parser looks at all of it again with every block.
MOST_OPEN = 1024 * 1024
BLOCK = 64 * 1024
_ROWS, _CELLS, _TABLES = {"tr", "row"}, {"td", "th", "cell"}, {"table"}
_BREAKS = {"br", "p", "div", "li"}
_UNSEEN = {"script", "style"}
_BEGINS = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*(?:<!doctype\s+html|<(?:html|head|body|meta|style|table|\?xml)\b)", re.I | re.S
)
_HAS_TABLE = re.compile(rb"<(?:ss:)?(?:table|tr)\b", re.I)
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([\w.:-]{2,40})", re.I)


def begins(sample: bytes) -> bool:
    """Whether a file begins as HTML or XML does, in whatever encoding."""
    return bool(_BEGINS.match(_plain(sample[:4096])))


def inspect(stream: IO[bytes], sample: bytes) -> Layout:
    """Raises Unreadable."""
    text = _plain(sample)
    if not _HAS_TABLE.search(text):
        raise Unreadable(
            _(
                "This is a web page or XML without a table, perhaps a login page that was saved instead of the export."
                " Export the table again as CSV or XLSX."
            )
        )
    layout = Layout("markup", _encoding(sample, text))
    stream.seek(0)
    layout.header = header_of(list(islice(_records(stream, layout), PEEKED)))
    return layout


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    """Headers and rows of all tables of the file, one below the other. Raises Unreadable."""
    records, ahead = _records(stream, layout), []

    def kept() -> Iterator[list[str]]:
        for cells in records:
            ahead.append(cells)
            yield cells

    headers, data = split_header(kept(), layout, _("The table in this file is empty."))
    return Table(headers, _rows(chain(ahead[len(ahead) - data :], records), len(headers), skip))


def _rows(records: Iterator[list[str]], width: int, skip: int) -> Iterator[FileRow]:
    for number, cells in enumerate(records, 1):
        if number > skip:
            problem = "more cells than columns" if any(cells[width:]) else ""
            yield FileRow(number, cells[:width] + [""] * (width - len(cells)), problem)


def _records(stream: IO[bytes], layout: Layout) -> Iterator[list[str]]:
    parser = _Rows()
    decoder = codecs.getincrementaldecoder(layout.encoding)("replace")
    while block := stream.read(BLOCK):
        parser.feed(decoder.decode(block))
        if len(parser.rawdata) > MOST_OPEN:
            raise Unreadable(_("A tag in this file does not end. Export the table again as CSV or XLSX."))
        yield from parser.taken()
    parser.close()
    parser.finish()
    yield from parser.taken()


class _Rows(HTMLParser):
    """Collects the rows of tables that are not empty; what stands in a table within a cell is text of that cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._complete: deque[list[str]] = deque()
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span, self._nested, self._unseen = 1, 0, False

    def taken(self) -> Iterator[list[str]]:
        while self._complete:
            yield self._complete.popleft()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag, given = tag.rpartition(":")[2], {name.rpartition(":")[2]: value or "" for name, value in attrs}
        self._unseen = tag in _UNSEEN
        if tag in _TABLES and self._cell is not None:
            self._nested += 1
        elif self._nested:
            self._text(" ")
        elif tag in _ROWS:
            self.finish()
            self._row = []
        elif tag in _CELLS:
            self._open_cell(given)
        elif tag in _BREAKS:
            self._text("\n")

    def _open_cell(self, given: dict[str, str]) -> None:
        self._close_cell()
        if self._row is None:
            self._row = []
        if given.get(
            "index", ""
        ).isdecimal():  # XML Spreadsheet leaves empty cells out and says where it goes on
            place = min(int(given["index"]), MOST_COLUMNS + 1)
            self._row += [""] * (place - 1 - len(self._row))
        span = given.get("colspan") or given.get("mergeacross") or "1"
        more = 0 if "colspan" in given else 1 if "mergeacross" in given else 0
        self._span = min(int(span) + more, MOST_COLUMNS) if span.isdecimal() else 1
        self._cell = []

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        self._unseen = False
        if tag in _TABLES and self._nested:
            self._nested -= 1
        elif self._nested:
            return
        elif tag in _CELLS:
            self._close_cell()
        elif tag in _ROWS | _TABLES:
            self.finish()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._text(data)

    def _text(self, text: str) -> None:
        if self._cell is not None:
            self._cell.append(text)

    def _close_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            text = "".join(self._cell).replace("\xa0", " ")
            lines = (" ".join(line.split()) for line in text.split("\n"))
            self._row.append("\n".join(line for line in lines if line))
            self._row += [""] * (self._span - 1)
        self._cell, self._span, self._nested = None, 1, 0

    def finish(self) -> None:
        """Ends the row in hand, whether or not its tag was closed."""
        self._close_cell()
        if self._row and any(self._row):
            self._complete.append(self._row)
        self._row = None


def _plain(sample: bytes) -> bytes:
    """The markup without what an encoding of two bytes or a mark puts between its letters."""
    return (
        sample.removeprefix(b"\xef\xbb\xbf")
        .removeprefix(b"\xff\xfe")
        .removeprefix(b"\xfe\xff")
        .replace(b"\0", b"")
    )


def _encoding(sample: bytes, text: bytes) -> str:
    """What the bytes are; where they may be several, what the file says of itself."""
    encoding, _fallback = detected(sample)
    named = _CHARSET.search(text[:4096])
    if named and not encoding.startswith(("utf-16", "utf-8-sig")):
        try:
            info = codecs.lookup(named[1].decode())
            sample.decode(info.name, "strict")
        except (LookupError, ValueError):
            return encoding
        return info.name if info._is_text_encoding else encoding
    return encoding
