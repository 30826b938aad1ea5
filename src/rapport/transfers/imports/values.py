"""Cells as values, as profiles keep them. What cannot be read raises ValueError with a code of `reasons.CELLS`."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from rapport.people.normalise import normalise
from rapport.people.values.types import InvalidValue, parse_boolean
from rapport.transfers.imports import dates, numbers
from rapport.transfers.imports.readers.base import INVISIBLE

Parser = Callable[[Any], Any]
MAX_TEXT = 10_000
MAX_DEPTH = 20
# What spreadsheets write where a formula failed.
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
TRAIT_TYPES = ("text", "number", "boolean", "date", "list", "phone", "json")
# Columns of which several make one date.
DATE_PARTS = ("year", "month", "day")
_UNSEEN = str.maketrans(dict.fromkeys(INVISIBLE))


def text(cell: Any) -> str:
    """Text without what is not seen at its ends, composed as it is usual on the web."""
    written = cleaned(cell)
    if written[:1] == "#" and written in ERRORS:
        raise ValueError("error_value")
    if len(written) > MAX_TEXT:
        raise ValueError("long")
    return written


def cleaned(cell: Any) -> str:
    """`text` of any length, also of what spreadsheets write for an error; "" of nothing."""
    if cell is None:
        return ""
    written = cell if type(cell) is str else plain(cell)
    if "\x00" in written:
        written = written.replace("\x00", "")
    if written.isascii():
        return written.strip()
    return unicodedata.normalize("NFC", written.strip().strip(INVISIBLE).strip())


def bare(cell: Any) -> str:
    """Text of what has no use for characters that are not seen: addresses, numbers, dates."""
    written = text(cell)
    return written if written.isascii() else written.translate(_UNSEEN).strip()


def plain(cell: Any) -> str:
    """A cell as text, as it would stand in a CSV."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def shown(value: Any) -> str:
    """A value with what is not seen made visible, for a page: ⟨U+200B⟩."""
    return "".join(f"⟨U+{ord(mark):04X}⟩" if mark in INVISIBLE else mark for mark in str(value))


def number(cell: Any, notation: str = "auto") -> int | float:
    return numbers.parse(cell if isinstance(cell, int | float) else bare(cell), notation)


def boolean(cell: Any) -> bool:
    try:
        return parse_boolean(cell if isinstance(cell, bool) else bare(cell))
    except InvalidValue:
        raise ValueError("yes_no") from None


def moment(
    cell: Any, order: str = "auto", zone: dt.tzinfo = dt.UTC, latest: dt.date = dates.LATEST
) -> dt.datetime:
    """A point in time, aware; a date alone is midnight in `zone`."""
    return dates.moment(bare(cell) if isinstance(cell, str) else cell, order, zone, latest)


def date(cell: Any, order: str = "auto", latest: dt.date = dates.LATEST) -> str:
    """ISO text: a date, or with the time where the cell has one."""
    at = moment(cell, order, latest=latest)
    if (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0):
        return at.date().isoformat()
    return at.astimezone(dt.UTC).isoformat()


def listed(cell: Any) -> list[Any]:
    """Words between semicolons or, without any, commas; quoted ones as Mailchimp writes its tags."""
    if isinstance(cell, list):
        return [word for item in cell if (word := text(item))]
    raw = text(cell)
    if raw.startswith("["):
        try:
            values = storable(json.loads(raw))
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, list):
            return values
    if re.search(r":::|[;|\n]", raw):
        words = re.split(r"\s*:::\s*|[;|\n]", raw)
    else:
        words = next(csv.reader([raw], skipinitialspace=True), [])
    bare_words = (
        _unquoted(piece.strip()).removeprefix("* ").strip() for piece in words
    )  # Google stars its own
    return list(dict.fromkeys(word for word in bare_words if word))


def _unquoted(word: str) -> str:
    """Without the quotation marks around the whole word; those that are part of it stay."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' and '"' not in word[1:-1] else word


def structured(cell: Any) -> Any:
    """Any JSON value; typed cells are what they are."""
    try:
        return storable(json.loads(cell) if isinstance(cell, str) else cell)
    except (ValueError, RecursionError):
        raise ValueError("json") from None


def storable(value: Any, depth: int = 0) -> Any:
    """The value without what PostgreSQL cannot store: NUL characters go; the rest of it raises ValueError."""
    if depth > MAX_DEPTH:
        raise ValueError("json")
    if isinstance(value, str):
        value.encode()  # half a character (a lone surrogate) is a ValueError too
        return value.replace("\x00", "")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("json")
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(storable(name)): storable(item, depth + 1) for name, item in value.items()}
    return value.isoformat() if isinstance(value, dt.date) else value


def phone(cell: Any, region: str) -> str:
    """A number in its normal form, else the text: whether that will do, the trait's own rules decide."""
    written = bare(cell)
    if numbers.is_shortened(written):
        raise ValueError("digits_lost")
    return normalise("phone", written, region) or written


def parser(
    kind: str, *, notation: str = "auto", region: str = "GB", latest: dt.date = dates.LATEST
) -> Parser:
    """How cells of a trait of this type are read; `notation` is that of the column's dates or numbers."""
    if kind == "date":
        return lambda cell: date(cell, notation, latest)
    if kind == "number":
        return lambda cell: number(cell, notation)
    if kind == "phone":
        return lambda cell: phone(cell, region)
    return {"text": text, "boolean": boolean, "list": listed, "json": structured}[kind]
