"""vCard 3 and 4: one card at a time, as a row with fixed columns."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any

import vobject  # type: ignore[import-untyped]

from rapport.transfers.imports.readers.base import Layout, Row, Table, Unreadable, text_of

HEADERS = [
    "name", "first_name", "last_name", "email", "email_2", "phone", "phone_2", "company", "title", "birthday",
    "street", "city", "region", "postcode", "country", "website", "note", "categories", "uid", "revised",
]  # fmt: skip
MAX_CARD = 8 * 1024 * 1024


def inspect(sample: bytes) -> Layout:
    """Raises Unreadable."""
    if b"BEGIN:VCARD" not in sample.upper():
        raise Unreadable("This is not a vCard file: it has no BEGIN:VCARD.")
    try:
        sample.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:
            return Layout("vcard", encoding="cp1252")
    return Layout("vcard", encoding="utf-8-sig")


def table(stream: IO[bytes], layout: Layout, skip: int) -> Table:
    text = text_of(stream, layout.encoding, "replace", None)
    return Table(list(HEADERS), _rows(text, skip))


def _rows(text: io.TextIOWrapper, skip: int) -> Iterator[Row]:
    for number, card in enumerate(_cards(text), 1):
        if number <= skip:
            continue
        try:
            yield Row(number, _cells(vobject.readOne(card, allowQP=True)))
        except Exception as error:  # vobject raises whatever its parsers meet in a damaged card
            yield Row(number, [""] * len(HEADERS), f"a card that cannot be read ({error})"[:200])


def _cards(text: io.TextIOWrapper) -> Iterator[str]:
    lines: list[str] = []
    size = 0
    for line in text:
        if line.strip().upper() == "BEGIN:VCARD":
            lines, size = [], 0
        if size < MAX_CARD:
            lines.append(line)
            size += len(line)
        if line.strip().upper() == "END:VCARD":
            yield "".join(lines)
            lines, size = [], 0


def _cells(card: Any) -> list[str]:
    properties: dict[str, list[Any]] = card.contents
    mails, phones = _all(properties, "email"), [_bare(number) for number in _all(properties, "tel")]
    name, address = _first(properties, "n"), _first(properties, "adr")
    organisation = _first(properties, "org")
    return [
        _text(properties, "fn"), _part(name, "given"), _part(name, "family"), *_two(mails), *_two(phones),
        str(organisation[0]) if isinstance(organisation, list) and organisation else "", _text(properties, "title"),
        _text(properties, "bday"), _part(address, "street"), _part(address, "city"), _part(address, "region"),
        _part(address, "code"), _part(address, "country"), _text(properties, "url"), _text(properties, "note"),
        _categories(properties), _text(properties, "uid").removeprefix("urn:uuid:"), _text(properties, "rev"),
    ]  # fmt: skip


def _two(values: list[str]) -> list[str]:
    return (values + ["", ""])[:2]


def _bare(number: str) -> str:
    return number.removeprefix("tel:").split(";")[0]


def _all(properties: dict[str, list[Any]], name: str) -> list[str]:
    return [str(entry.value).strip() for entry in properties.get(name, []) if str(entry.value).strip()]


def _first(properties: dict[str, list[Any]], name: str) -> Any:
    return properties[name][0].value if properties.get(name) else None


def _text(properties: dict[str, list[Any]], name: str) -> str:
    return str(_first(properties, name) or "").strip()


def _part(value: Any, name: str) -> str:
    text = getattr(value, name, "") or ""
    return (
        " ".join(str(category) for category in text).strip() if isinstance(text, list) else str(text).strip()
    )


def _categories(properties: dict[str, list[Any]]) -> str:
    categories = _first(properties, "categories")
    return (
        "; ".join(str(category) for category in categories)
        if isinstance(categories, list)
        else str(categories or "")
    )
