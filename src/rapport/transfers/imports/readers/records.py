"""JSON: an object a line, or a list of objects. Members of objects are columns: address.city."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Any

from django.utils.translation import gettext as _

from rapport.core import plain_text
from rapport.transfers.imports.readers.base import FileRow, Layout, Table, Unreadable, named
from rapport.transfers.imports.readers.encodings import detected

# The columns are those of so many first records; what later ones have besides is named.
FIRST = 2_000
MOST_RECORD = 4 * 1024 * 1024
DEPTH = 5
BLOCK = 256 * 1024
_BEGINS = re.compile(r"\ufeff?\s*(?:\{\s*[\"}]|\[\s*[{\]])")
_LIST = re.compile(r"\ufeff?\s*\[")
_BETWEEN = re.compile(r"[\s,]*")
_decode = json.JSONDecoder(parse_constant=lambda _name: None).raw_decode
# A record, or why it is none.
_Record = dict[str, Any] | str


def begins(sample: bytes) -> bool:
    return sample.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] in {b"{", b"["} and bool(
        _BEGINS.match(sample[:4096].decode(detected(sample)[0], "replace"))
    )


def inspect(stream: IO[bytes], sample: bytes) -> Layout:
    """Raises Unreadable."""
    layout = Layout("json", detected(sample)[0])
    stream.seek(0)
    first = list(islice(_records(stream, layout), 2))
    if len(first) == 1 and isinstance(first[0], dict):
        lists = [name for name, value in first[0].items() if isinstance(value, list) and value]
        if any(isinstance(value, dict) for name in lists for value in first[0][name]):
            raise Unreadable(
                _(
                    "This JSON is one object that holds a list (“%(name)s”). Save that list as a file of its own."
                )
                % {"name": lists[0][:60]}
            )
    return layout


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    """Raises Unreadable, also while rows are taken."""
    records = _records(stream, layout)
    ahead = list(islice(records, FIRST))
    keys = list(dict.fromkeys(key for record in ahead if isinstance(record, dict) for key in record))
    if not keys:
        raise Unreadable(_("This JSON holds no records. Save a list of objects, or an object on each line."))
    return Table(named(keys), _rows(chain(ahead, records), keys, skip))


def _rows(records: Iterator[_Record], keys: list[str], skip: int) -> Iterator[FileRow]:
    columns = set(keys)
    for number, record in enumerate(records, 1):
        if number <= skip:
            continue
        if isinstance(record, str):
            yield FileRow(number, [""] * len(keys), record)
            continue
        remarks = [
            (key[:100], _("a field that the first records do not have"), str(value)[:120])
            for key, value in record.items()
            if key not in columns
        ]
        yield FileRow(number, [record.get(key, "") for key in keys], "", remarks)


def _records(stream: IO[bytes], layout: Layout) -> Iterator[_Record]:
    reader = codecs.getreader(layout.encoding)(stream, "replace")
    beginning = reader.read(4096, 4096)
    if _LIST.match(beginning):
        return _listed(reader, beginning)
    stream.seek(0)
    return _lines(codecs.getreader(layout.encoding)(stream, "replace"))


def _lines(reader: Any) -> Iterator[_Record]:
    number = 0
    while line := reader.readline(MOST_RECORD, keepends=True):
        number += 1
        if text := line.strip().lstrip("\ufeff"):
            try:
                value, end = _decode(text)
            except (ValueError, RecursionError):
                value, end = None, 0
            is_whole = isinstance(value, dict) and end == len(text)
            yield _flat(value) if is_whole else _("line %(n)d is no JSON object") % {"n": number}


def _listed(reader: Any, text: str) -> Iterator[_Record]:
    """The objects of a list, of which only one is in memory at a time."""
    place, number = text.index("[") + 1, 0
    while True:
        place = _BETWEEN.match(text, place).end()  # type: ignore[union-attr]
        if text[place : place + 1] == "]":
            return
        number += 1
        try:
            value, place = _decode(text, place)
        except (ValueError, RecursionError) as error:
            number, more = number - 1, reader.read(BLOCK, BLOCK)
            if not more or len(text) - place > MOST_RECORD:
                raise Unreadable(
                    _(
                        "Entry %(n)d of this JSON list cannot be read, or the file ends within it. Save it again."
                    )
                    % {"n": number + 1}
                ) from error
            text, place = text[place:] + more, 0
            continue
        yield _flat(value) if isinstance(value, dict) else _("entry %(n)d is no object") % {"n": number}


def _flat(record: dict[str, Any], start: str = "", depth: int = DEPTH) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in record.items():
        key = f"{start}{plain_text.whole(name)}"
        if isinstance(value, dict) and value and depth:
            cells |= _flat(value, f"{key}.", depth - 1)
        else:
            cells[key] = "" if value is None else plain_text.every_text(value, plain_text.whole)
    return cells
