"""CSV of whatever encoding, delimiter and quoting, read as a stream."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import IO

from charset_normalizer import from_bytes

from rapport.transfers.imports.readers.base import Layout, Row, Table, Unreadable, named, text_of

SAMPLE = 256 * 1024
DELIMITERS = ",;\t|"
FIELD_LIMIT = 4 * 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
FOREIGN = (
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1257",
    "iso8859_2",
    "koi8_r",
    "mac_roman",
    "shift_jis",
    "gb18030",
    "big5",
)
_USUAL = frozenset("äöüÄÖÜßàâæçéèêëîïôœùûÿÀÂÆÇÉÈÊËÎÏÔŒÙÛŸáíóúñÁÍÓÚÑãõÃÕåøÅØþðÞÐ€£“”„‘’–—…·§°«»\xa0")
csv.field_size_limit(FIELD_LIMIT)


def inspect(sample: bytes) -> Layout:
    """Encoding, delimiter and quote of the beginning of a file. Raises Unreadable."""
    if not sample.strip():
        raise Unreadable("The file is empty. Export it again, with the column names in the first line.")
    encoding = _encoding(sample)
    text = sample.decode(encoding, "replace").lstrip("\ufeff")
    if "\0" in text:
        raise Unreadable("This is not a text file. Save it as CSV (UTF-8), XLSX, Parquet or vCard.")
    quote = "'" if text.count("'") > 4 * max(1, text.count('"')) and "','" in text else '"'
    delimiter = max(DELIMITERS, key=lambda mark: _evenness(text, mark, quote))
    return Layout("csv", encoding=encoding, delimiter=delimiter, quote=quote)


def _encoding(sample: bytes) -> str:
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    if sample[:400:2].count(0) > len(sample[:400:2]) * 0.6:
        return "utf-16-be"
    if sample[1:400:2].count(0) > len(sample[1:400:2]) * 0.6:
        return "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
        return "utf-8"
    except UnicodeDecodeError:
        pass
    if _western(sample):
        return "cp1252"
    best = from_bytes(sample[: 64 * 1024], cp_isolation=list(FOREIGN)).best()
    return best.encoding if best else "cp1252"


def _western(sample: bytes) -> bool:
    """Whether it reads as Windows wrote it in Western Europe: a few letters with accents, quotes, the euro sign."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    marks = [mark for mark in text if ord(mark) > 127]
    usual = sum(mark in _USUAL for mark in marks)
    return len(marks) < len(text) * 0.25 and usual >= len(marks) * 0.8


def _evenness(text: str, mark: str, quote: str) -> tuple[float, int]:
    """How much like a table the text looks when split there: share of lines as wide as the first, and width."""
    lines: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, quotechar=quote)
    try:
        for line in reader:
            if line:
                lines.append(line)
            if len(lines) > 200:
                break
    except csv.Error:
        pass
    width = len(lines[0]) if lines else 1
    if width < 2:
        return (0.0, 1)
    return (sum(len(line) == width for line in lines) / len(lines), width)


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    """Headers and rows; the first `skip` data rows are counted but not given. Raises Unreadable."""
    errors = "replace" if layout.lossy else "strict"
    text = text_of(stream, layout.encoding, errors, "")
    reader = csv.reader(text, delimiter=layout.delimiter, quotechar=layout.quote)
    try:
        headers = next(line for line in reader if any(cell.strip() for cell in line))
    except StopIteration:
        raise Unreadable(
            "The file is empty. Export it again, with the column names in the first line."
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(error, layout, 1) from error
    headers[0] = headers[0].lstrip("\ufeff")
    return Table(named(headers), _rows(reader, len(headers), skip, layout))


def _rows(reader: Iterator[list[str]], width: int, skip: int, layout: Layout) -> Iterator[Row]:
    number = 0
    try:
        for cells in reader:
            if not cells:
                continue
            number += 1
            if number <= skip:
                continue
            if len(cells) == width:
                yield Row(number, cells)
            elif len(cells) < width:
                yield Row(number, cells + [""] * (width - len(cells)))
            else:
                extra = any(cell.strip() for cell in cells[width:])
                yield Row(number, cells[:width], "more cells than columns" if extra else "")
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(error, layout, number + 1) from error


def _unreadable(error: Exception, layout: Layout, number: int) -> Unreadable:
    if isinstance(error, UnicodeDecodeError):
        return Unreadable(
            f"Row {number} is not {layout.encoding.upper()}. Choose the file's encoding, or save it as CSV UTF-8."
        )
    return Unreadable(
        f"Row {number} cannot be read ({error}). Look for a quotation mark that is never closed."
    )
