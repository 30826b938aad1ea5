"""vCard 2.1, 3 and 4: one card at a time, as a row with fixed columns.

Read by hand, after RFC 6350, RFC 2426 and vCard 2.1, because what programs write is more than one grammar: Outlook
writes quoted-printable with soft line breaks and no CHARSET, address books write groups, damaged files lack an END.
"""

from __future__ import annotations

import base64
import binascii
import io
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from django.utils.translation import gettext as _

from rapport.transfers.imports.readers.base import NUL, FileRow, Layout, Table, Unreadable, buffered
from rapport.transfers.imports.readers.encodings import detected

HEADERS = [
    "name", "first_name", "last_name", "email", "email_2", "phone", "phone_2", "company", "title", "birthday",
    "street", "city", "region", "postcode", "country", "website", "note", "categories", "vcard_uid", "revised",
    "nickname", "gender",
]  # fmt: skip
# What a card may say it is in: an encoding of the world, no other codec of Python's.
CHARSETS = frozenset(
    "UTF-8 US-ASCII WINDOWS-1250 WINDOWS-1251 WINDOWS-1252 WINDOWS-1253 WINDOWS-1254 WINDOWS-1255 WINDOWS-1256"
    " WINDOWS-1257 WINDOWS-1258 ISO-8859-1 ISO-8859-2 ISO-8859-5 ISO-8859-7 ISO-8859-9 ISO-8859-15 KOI8-R KOI8-U"
    " SHIFT_JIS EUC-JP ISO-2022-JP EUC-KR GB2312 GBK GB18030 BIG5 UTF-16".split()
)
MAX_CARD = 8 * 1024 * 1024
_BEGIN, _END = (
    re.compile(rb"\s*BEGIN:VCARD\s*", re.IGNORECASE),
    re.compile(rb"\s*END:VCARD\s*", re.IGNORECASE),
)
_SOFT = re.compile(
    rb";[^:]*QUOTED-PRINTABLE[^:]*:.*=\s*$|^[^:]*;QUOTED-PRINTABLE[^:]*:.*=\s*$", re.IGNORECASE | re.DOTALL
)
_RETURN = re.compile(rb"(?<=\r)(?!\n)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BARE = re.compile(r"^(?:tel|mailto):|;ext=.*$|;.*$", re.IGNORECASE)


@dataclass(slots=True)
class Property:
    """One line of a card: its parameters in upper case, and its value as text."""

    parameters: dict[str, str]
    value: str

    def members(self, mark: str = ";") -> list[str]:
        """The members of a structured value."""
        return [_plain(part) for part in re.split(rf"(?<!\\){mark}", self.value)]

    @property
    def text(self) -> str:
        return _plain(self.value)


@dataclass(slots=True)
class Card:
    """The properties of one card by name; `problem` says why it is no person."""

    properties: dict[str, list[Property]] = field(default_factory=dict)
    problem: str = ""
    ended: bool = True
    has_nul: bool = False

    def all(self, name: str) -> list[str]:
        return list(dict.fromkeys(entry.text for entry in self.properties.get(name, []) if entry.text))

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def structure(self, name: str, count: int) -> list[str]:
        entries = self.properties.get(name, [])
        return ((entries[0].members() if entries else []) + [""] * count)[:count]


def begins(sample: bytes) -> bool:
    return (
        sample[:100].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n")[:11].upper() == b"BEGIN:VCARD"
    )


def inspect(sample: bytes) -> Layout:
    """Raises Unreadable."""
    if b"BEGIN:VCARD" not in sample.replace(b"\0", b"").upper():
        raise Unreadable(
            _("This is not a vCard file: it has no BEGIN:VCARD. Export the contacts again as vCard or CSV.")
        )
    encoding = detected(sample)[0]
    return Layout("vcard", encoding if encoding.startswith(("utf-16", "utf-32")) else "utf-8")


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    return Table(list(HEADERS), _rows(stream, layout, skip))


def _rows(stream: IO[bytes], layout: Layout, skip: int) -> Iterator[FileRow]:
    for number, card in enumerate(_cards(stream, layout), 1):
        if number > skip:
            cells, remarks = _cells(card)
            yield FileRow(number, cells, card.problem, remarks)


def _cards(stream: IO[bytes], layout: Layout) -> Iterator[Card]:
    """Every card that is begun, whether or not it ends."""
    lines: list[bytes] | None = None
    size = 0
    for line in _physical(stream, layout):
        if _BEGIN.fullmatch(line):
            if lines is not None:
                yield _card(lines, layout, ended=False)
            lines, size = [], 0
        elif lines is not None and _END.fullmatch(line):
            yield _card(lines, layout, too_long=size >= MAX_CARD)
            lines = None
        elif lines is not None and size < MAX_CARD:
            lines.append(line)
            size += len(line)
    if lines is not None:
        yield _card(lines, layout, ended=False)


def _physical(stream: IO[bytes], layout: Layout) -> Iterator[bytes]:
    """The lines of the file, each in UTF-8 where the whole file is in an encoding of two bytes."""
    source = buffered(stream)
    if layout.encoding != "utf-8":
        yield from (line.encode() for line in io.TextIOWrapper(source, layout.encoding, "replace"))
        return
    for line in source:
        yield from _RETURN.split(line) if b"\r" in line[:-2] else (line,)


def _card(lines: list[bytes], layout: Layout, *, ended: bool = True, too_long: bool = False) -> Card:
    card = Card(problem="a card of more than 8 MB" if too_long else "", ended=ended)
    if any(b"\0" in line for line in lines):
        lines, card.has_nul = [line.replace(b"\0", b"") for line in lines], True
    for line in _unfolded(lines):
        head, _colon, value = line.partition(b":")
        name, *options = head.decode("ascii", "replace").upper().split(";")
        parameters = dict(_parameter(option) for option in options)
        name = name.rpartition(".")[2].strip()  # item1.EMAIL: the group only ties a label to it
        card.properties.setdefault(name, []).append(Property(parameters, _decoded(value, parameters, layout)))
    kinds = {*card.all("KIND"), *card.all("X-ADDRESSBOOKSERVER-KIND")}
    if "group" in {kind.lower() for kind in kinds}:
        card.problem = card.problem or "a group of cards, not a person"
    return card


def _unfolded(lines: list[bytes]) -> Iterator[bytes]:
    """Lines as they were before they were folded: after a blank, or after = in quoted-printable."""
    whole = b""
    for line in lines:
        bare = line.rstrip(b"\r\n")
        if _SOFT.search(whole):
            whole = whole.rstrip()[:-1] + bare
        elif bare[:1] in {b" ", b"\t"} and whole:
            whole += bare[1:]
        else:
            if whole.strip():
                yield whole
            whole = bare
    if whole.strip():
        yield whole


def _parameter(option: str) -> tuple[str, str]:
    name, equals, value = option.partition("=")
    if equals:
        return name.strip(), value.strip().strip('"')
    coding = {"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"}
    return ("ENCODING" if name in coding else "TYPE"), name.strip()  # vCard 2.1 leaves the names out


def _decoded(value: bytes, parameters: dict[str, str], layout: Layout) -> str:
    coding = parameters.get("ENCODING", "")
    try:
        if coding == "QUOTED-PRINTABLE":
            value = quopri.decodestring(value)
        elif coding in {"BASE64", "B"}:
            value = base64.b64decode(value) if len(value) < 10_000 else b""  # what is longer is a picture
    except binascii.Error:
        value = b""
    given = [parameters["CHARSET"]] if parameters.get("CHARSET") in CHARSETS else []
    for encoding in (*given, "utf-8-sig", layout.fallback):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("utf-8", "replace")


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text).strip()


def _cells(card: Card) -> tuple[list[str], list[tuple[str, str, str]]]:
    emails = [_BARE.sub("", address) for address in card.all("EMAIL")]
    phones = [_BARE.sub("", number) for number in card.all("TEL")]
    last, first = card.structure("N", 2)
    box, more, street, city, region, postcode, country = card.structure("ADR", 7)
    birthday, remarks = _birthday(card)
    if not card.ended:
        remarks.append(("", "a card without END:VCARD, perhaps cut off", ""))
    if card.has_nul:
        remarks.append(("", NUL, ""))
    remarks += [
        ("street", "a further address of the card", " ".join(filter(None, entry.members())))
        for entry in card.properties.get("ADR", [])[1:]
    ]
    return [
        card.first("FN") or " ".join(filter(None, (first, last))), first, last, *_two(emails), *_two(phones),
        card.structure("ORG", 1)[0], card.first("TITLE"), birthday,
        " ".join(filter(None, (street, more, box))), city, region, postcode, country,
        card.first("URL"), card.first("NOTE"),
        "; ".join(part for entry in card.properties.get("CATEGORIES", []) for part in entry.members(",") if part),
        card.first("UID").removeprefix("urn:uuid:"), card.first("REV"), card.first("NICKNAME"), card.first("GENDER"),
    ], remarks  # fmt: skip


def _birthday(card: Card) -> tuple[str, list[tuple[str, str, str]]]:
    """Apple writes 1604, the first leap year of the calendar, for a birthday whose year is not given."""
    entries = card.properties.get("BDAY", [])
    text = entries[0].text if entries else ""
    omitted = entries[0].parameters.get("X-APPLE-OMIT-YEAR", "") if entries else ""
    if text.startswith(("--", "1604", *filter(None, [omitted]))):
        return "", [("birthday", "a birthday without a year", text)]
    return text, []


def _two(values: list[str]) -> list[str]:
    """The first, and all others in one cell."""
    return [values[0] if values else "", "; ".join(values[1:])]
