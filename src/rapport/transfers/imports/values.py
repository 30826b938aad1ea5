"""Cells as values: what people write in tables, as profiles keep it. Raises ValueError in words for the error file."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rapport.people.normalise import normalise

Parser = Callable[[Any], Any]
MAX_TEXT = 10_000
MAX_DEPTH = 20
YES = frozenset({"1", "true", "t", "yes", "y", "x", "ja", "oui", "si", "sí", "on", "wahr", "vrai"})
NO = frozenset({"0", "false", "f", "no", "n", "nein", "non", "off", "falsch", "faux"})
DATE_FORMATS = ("auto", "dmy", "mdy")
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}")
_PARTS = re.compile(
    r"^(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{1,4})(?:[ T,]+(\d{1,2}:\d{2}(?::\d{2})?)\s*([AaPp][Mm])?)?$"
)
_MONTHS = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%b %d %Y", "%d-%b-%y")


def text(cell: Any) -> str:
    cleaned = (cell if isinstance(cell, str) else _plain(cell)).replace("\x00", "").strip()
    if len(cleaned) > MAX_TEXT:
        raise ValueError(f"a text of more than {MAX_TEXT} characters")
    return cleaned


def _plain(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def number(cell: Any) -> int | float:
    """1234.5 from "1,234.50", "1.234,50", "£ 1 234.5" or a number."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    bare = re.sub(r"[^\d,.\-eE]", "", str(cell))
    if "," in bare and "." in bare:
        decimal = max(bare.rfind(","), bare.rfind("."))
        bare = bare[:decimal].replace(",", "").replace(".", "") + "." + bare[decimal + 1 :]
    elif bare.count(",") == 1 and len(bare) - bare.rfind(",") != 4:
        bare = bare.replace(",", ".")
    else:
        bare = bare.replace(",", "")
    try:
        value = float(bare)
    except ValueError:
        raise ValueError(f"“{str(cell)[:40]}” is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"“{str(cell)[:40]}” is not a number")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def boolean(cell: Any) -> bool:
    word = str(cell).strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(f"“{str(cell)[:40]}” is neither yes nor no")


def moment(cell: Any, order: str = "auto", zone: dt.tzinfo = dt.UTC) -> dt.datetime:
    """A point in time, aware; a date alone is midnight in `zone`. `order`: dmy, mdy or auto (only what is plain)."""
    if isinstance(cell, dt.datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=zone)
    if isinstance(cell, dt.date):
        return dt.datetime(cell.year, cell.month, cell.day, tzinfo=zone)
    return _moment(str(cell).strip(), order, zone)


@lru_cache(maxsize=20_000)
def _moment(text: str, order: str, zone: dt.tzinfo) -> dt.datetime:
    try:
        if _ISO.match(text):
            moment_read = dt.datetime.fromisoformat(text.replace(" UTC", "+00:00"))
            return moment_read if moment_read.tzinfo else moment_read.replace(tzinfo=zone)
        if text.isdigit() and len(text) in (10, 13):
            return dt.datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1000), dt.UTC)
        if match := _PARTS.match(text):
            return _ordered(match, order).replace(tzinfo=zone)
        for form in _MONTHS:
            try:
                return dt.datetime.strptime(text, form).replace(tzinfo=zone)
            except ValueError:
                continue
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"“{text[:40]}” is not a date that can be understood")


def _ordered(match: re.Match[str], order: str) -> dt.datetime:
    first, two, three = (int(match.group(index)) for index in (1, 2, 3))
    if len(match.group(1)) == 4:
        year, month, day = first, two, three
    elif order == "mdy" or (order == "auto" and two > 12):
        month, day, year = first, two, three
    elif order == "dmy" or first > 12 or first == two:
        day, month, year = first, two, three
    else:
        raise ValueError("day or month first?")
    if year < 100:
        year += 2000 if year < 70 else 1900
    hour = minute = second = 0
    if clock := match.group(4):
        hour, minute, second = [*map(int, clock.split(":")), 0][:3]
        if half := match.group(5):
            hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    return dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)


def date(cell: Any, order: str = "auto") -> str:
    """ISO text: a date, or with the time where the cell has one."""
    moment_text = moment(cell, order)
    if (moment_text.hour, moment_text.minute, moment_text.second, moment_text.microsecond) == (0, 0, 0, 0):
        return moment_text.date().isoformat()
    return moment_text.astimezone(dt.UTC).isoformat()


def ambiguous_dates(samples: list[str]) -> str:
    """ "dmy" or "mdy" when the samples decide it, "" when they are no such dates, "ask" when both would do."""
    matches = [
        match for sample in samples if (match := _PARTS.match(sample.strip())) and len(match.group(1)) < 3
    ]
    if not matches or len(matches) < len([sample for sample in samples if sample.strip()]) * 0.8:
        return ""
    if any(int(match.group(1)) > 12 for match in matches):
        return "dmy"
    return "mdy" if any(int(match.group(2)) > 12 for match in matches) else "ask"


def listed(cell: Any) -> list[Any]:
    """Words between semicolons or, without any, commas; quoted ones as Mailchimp writes its tags."""
    if isinstance(cell, list):
        return [word for item in cell if (word := text(item))]
    raw = str(cell).replace("\x00", "")
    if raw.startswith("["):
        try:
            values = storable(json.loads(raw))
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, list):
            return values
    words = re.split(r"[;|\n]" if re.search(r"[;|\n]", raw) else ",", raw)
    return list(dict.fromkeys(word for raw in words if (word := raw.strip().strip('"').strip())))


def structured(cell: Any) -> Any:
    """Any JSON value; typed cells are what they are."""
    if not isinstance(cell, str):
        return storable(cell)
    try:
        return storable(json.loads(cell))
    except (ValueError, RecursionError):
        raise ValueError(f"“{cell[:40]}” is not JSON that can be kept") from None


def storable(value: Any, depth: int = 0) -> Any:
    """The value without what PostgreSQL cannot store: NUL characters go; the rest of it raises ValueError."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        value.encode()  # half a character (a lone surrogate) is a ValueError too
        return value.replace("\x00", "")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a number")
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(storable(name)): storable(item, depth + 1) for name, item in value.items()}
    return value


def parser(kind: str, *, order: str = "auto", region: str = "GB") -> Parser:
    """How cells of a trait of this type are read."""
    if kind == "date":
        return lambda cell: date(cell, order)
    if kind == "phone":
        return lambda cell: (
            normalise("phone", _plain(cell) if not isinstance(cell, str) else cell, region) or text(cell)
        )
    return {"text": text, "number": number, "boolean": boolean, "list": listed, "json": structured}[kind]


TRAIT_TYPES = ("text", "number", "boolean", "date", "list", "phone", "json")
