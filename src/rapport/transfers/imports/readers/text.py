"""CSV of whatever encoding, delimiter and quoting, read as a stream."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.transfers.imports.readers.base import (
    PEEKED,
    FileRow,
    Layout,
    Table,
    Unreadable,
    header_of,
    split_header,
)
from rapport.transfers.imports.readers.encodings import detected
from rapport.transfers.imports.readers.lines import DECLARED, Lines

SAMPLE = 256 * 1024
DELIMITERS = ",;\t|"
FIELD_LIMIT = 4 * 1024 * 1024
# Follows the last line: where it is not a record of its own, a quotation mark is open.
_END = "\0end\0"
# Control characters; a few that stand between cells or end a file of old are none here.
_CONTROL = re.compile("[\0-\x08\x0e-\x19\x7f-\x84\x86-\x9f\ufffd]")
EMPTY = gettext_lazy("The file is empty. Export it again, with the column names in the first line.")
csv.field_size_limit(FIELD_LIMIT)


def inspect(sample: bytes) -> Layout:
    """Encoding, delimiter, quote and the place of the column names, from the beginning of a file. Raises Unreadable."""
    encoding, fallback = detected(sample)
    text = "".join(Lines(io.BytesIO(sample), Layout("csv", encoding, fallback)))
    if not text.strip().strip("\ufeff\0"):
        raise Unreadable(str(EMPTY))
    if _is_binary(sample.decode(encoding, "replace")):
        raise Unreadable(_("This is not a text file. Save it as CSV (UTF-8), XLSX, Parquet or vCard."))
    quote = "'" if text.count("'") > 4 * max(1, text.count('"')) and "','" in text else '"'
    declared = DECLARED.match(sample.decode(encoding, "replace").lstrip("\ufeff"))
    delimiter = declared[1] if declared else max(DELIMITERS, key=lambda mark: _evenness(text, mark, quote))
    layout = Layout("csv", encoding, fallback, delimiter=delimiter, quote=quote)
    layout.spaced = _is_spaced(text, layout)
    with io.BytesIO(sample) as stream:
        layout.header = header_of(
            [cells for cells, _row in islice(_records(Lines(stream, layout), layout), PEEKED)]
        )
    return layout


def _is_spaced(text: str, layout: Layout) -> bool:
    """Whether cells stand in quotation marks behind a blank, as in `ada@example.org, "Lovelace, Ada"`."""
    mark, quote = layout.delimiter, layout.quote
    m, q = re.escape(mark), re.escape(quote)
    if mark == " " or not re.search(rf"(?m){m} +{q}(?:[^{q}\r\n]|{q}{q})*{q} *(?:{m}|\r?$)", text):
        return False
    return _evenness(text, mark, quote, spaced=True)[0] >= _evenness(text, mark, quote)[0]


def _is_binary(text: str) -> bool:
    """Whether most lines hold characters that no text has: several kinds of them, or hardly anything else."""
    lines = text.split("\n")
    kinds = set(_CONTROL.findall(text))
    damaged = sum(bool(_CONTROL.search(line)) for line in lines)
    return damaged * 2 > len(lines) and (len(kinds) > 2 or text.count("\0") > len(text) * 0.8)


def _evenness(text: str, mark: str, quote: str, *, spaced: bool = False) -> tuple[float, int]:
    """How much like a table the text looks when split there: share of lines of the usual width, and that width."""
    widths: Counter[int] = Counter()
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=mark, quotechar=quote, skipinitialspace=spaced)
    try:
        for line in islice(reader, PEEKED):
            if any(line):
                widths[len(line)] += 1
    except csv.Error:
        pass
    width = max(widths, key=lambda width: (widths[width], width), default=1)
    return (widths[width] / widths.total(), width) if width > 1 else (0.0, 1)


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    """Headers and rows; the first `skip` data rows are counted but not given. Raises Unreadable."""
    lines = Lines(stream, layout)
    records = _records(lines, layout)
    ahead: list[tuple[list[str], FileRow]] = []

    def kept() -> Iterator[list[str]]:
        for cells, row in records:
            if row.problem and len(ahead) < layout.header:
                raise Unreadable(_("The column names cannot be read: %(why)s.") % {"why": row.problem})
            ahead.append((cells, row))
            yield cells

    headers, data = split_header(kept(), layout, str(EMPTY))
    return Table(headers, _rows(chain(ahead[len(ahead) - data :], records), len(headers), skip))


def _rows(records: Iterator[tuple[list[str], FileRow]], width: int, skip: int) -> Iterator[FileRow]:
    for number, (cells, row) in enumerate(records, 1):
        if number <= skip:
            continue
        row.number = number
        if len(cells) > width and not row.problem and any(cell.strip() for cell in cells[width:]):
            row.problem = "more cells than columns"
        row.cells = cells[:width] if len(cells) >= width else cells + [""] * (width - len(cells))
        yield row


def _records(lines: Lines, layout: Layout) -> Iterator[tuple[list[str], FileRow]]:
    """Records that are not empty, with what is to be said of them. One quotation mark that is never closed costs its
    own line only: the lines it swallowed are read again.
    """
    while True:
        reader = _cells(lines.then(_END), layout)
        try:
            for cells in reader:
                if cells == [_END]:
                    return
                open_end = cells[-1:] and cells[-1].endswith(_END)
                if open_end or (len(lines.pending) > 1 and _swallows(lines.pending, len(cells), layout)):
                    break
                row = FileRow(0, [])
                if remark := lines.taken():
                    row.remarks.append(("", remark, ""))
                if any(cells):
                    yield cells, row
        except csv.Error:
            if len(lines.pending) == 1:
                lines.taken()
                yield [], FileRow(0, [], f"a cell on line {lines.number} has more than 4 MB")
                continue
        except UnicodeDecodeError as error:
            raise Unreadable(
                _("Line %(n)d is not %(encoding)s. Choose the file's encoding, or save it as CSV UTF-8.")
                % {"n": lines.number + 1, "encoding": layout.encoding.upper()}
            ) from error
        yield _unclosed(lines, layout)


def _swallows(raw: list[str], width: int, layout: Layout) -> bool:
    """Whether a record of several lines is one with a quotation mark too few: some of its lines are whole records."""
    try:
        next(_cells(raw, layout, strict=True))
    except csv.Error:
        return any(len(_split(line, layout)) == width for line in raw[1:])
    return False


def _split(line: str, layout: Layout) -> list[str]:
    try:
        return next(_cells([line], layout), [])
    except csv.Error:
        return [line[:100]]


def _cells(lines: Iterable[str], layout: Layout, *, strict: bool = False) -> Iterator[list[str]]:
    mark, quote, spaced = layout.delimiter, layout.quote, layout.spaced
    return csv.reader(lines, delimiter=mark, quotechar=quote, skipinitialspace=spaced, strict=strict)


def _unclosed(lines: Lines, layout: Layout) -> tuple[list[str], FileRow]:
    """The first line of the lines in hand as a record that cannot be taken; the others are given back to be read."""
    start, first = lines.give_back(_END)
    return _split(first, layout), FileRow(
        0, [], f"a quotation mark that opens on line {start} is never closed"
    )
