"""Numbers as tables have them. What 1.355 means depends on who wrote it, so a column is judged as a whole."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal

NOTATIONS = ("auto", "point", "comma")
_UNIT = r"(?:[A-Z]{3}|[$€£¥₹₽₩₺₴฿₫₪₦₱¢%]|kr\.?|zł|Kč|Fr\.?|Rs\.?|,-)"
_NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+−–])?\s*{_UNIT}?\s*(?P<sign2>[-+−–])?\s*(?P<digits>[\d.,'’\s]*\d[.,]?)"
    rf"(?P<power>[eE][-+]?\d{{1,3}})?\s*{_UNIT}?\s*(?P<after>[-−])?\s*(?P<close>\))?"
)
_GROUPS = re.compile(r"\d{1,3}(?:(?P<mark>[.,])\d{3})(?:(?P=mark)\d{3})*|\d{1,2}(?:,\d{2})*,\d{3}")
# A number of which a spreadsheet kept the first digits only.
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
# "comma" or "point" is what marks decimals; "either" where a cell can be read both ways.
POINT, COMMA, EITHER = "point", "comma", "either"


def is_shortened(text: str) -> bool:
    return bool(_SHORTENED.fullmatch(text))


def parse(cell: int | float | str, notation: str = "auto") -> int | float:
    """1234.5 from "1,234.50", "1.234,50", "£ 1 234.5", -12 from "(12,00)"; ValueError with a code."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not math.isfinite(cell):
            raise ValueError("number")
        return cell
    value = float(_plain(str(cell), notation))
    if not math.isfinite(value):
        raise ValueError("number")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def parse_exact(cell: int | float | str, notation: str = "auto") -> Decimal:
    """The same without ever being a float, where a text says it; ValueError with a code."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(repr(parse(cell)))
    return Decimal(_plain(str(cell), notation))


def _plain(text: str, notation: str) -> str:
    """The number as Python writes it."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None or bool(match["open"]) != bool(match["close"]):
        raise ValueError("number")
    digits, mark = _read(match["digits"])
    if mark == EITHER:
        if notation not in {POINT, COMMA}:
            raise ValueError("number_notation")
        mark = notation
    decimal, group = (",", ".") if mark == COMMA else (".", ",")
    plain = digits.replace(group, "").replace(decimal, ".") + (match["power"] or "")
    negative = match["open"] or any(match[name] in {"-", "−", "–"} for name in ("sign", "sign2", "after"))
    return f"-{plain}" if negative else plain


def _read(raw: str) -> tuple[str, str]:
    """(digits and marks, what marks decimals). Raises ValueError for what is no number, such as 1.2.3."""
    digits = re.sub(r"['’\s]", "", raw).rstrip(".,")
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits, POINT
    mark = digits[last]
    whole, behind = digits[:last], digits[last + 1 :]
    other = "." if mark == "," else ","
    decimal = COMMA if mark == "," else POINT
    if other in whole:
        if mark in whole or not _GROUPS.fullmatch(whole):
            raise ValueError("number")
        return digits, decimal
    if mark in whole:
        if not _GROUPS.fullmatch(digits):
            raise ValueError("number")
        return digits, POINT if mark == "," else COMMA
    if len(behind) == 3 and 0 < len(whole) < 4 and whole[0] != "0":
        return digits, EITHER
    return digits, decimal


def notation_of(samples: Iterable[str]) -> str:
    """How a column writes its numbers: "point", "comma", "auto" where it is all one, "ask" where nobody can tell."""
    marks: set[str] = set()
    for sample in samples:
        match = _NUMBER.fullmatch(sample.strip())
        if match is None or not re.search(r"[.,]", match["digits"]):
            continue
        try:
            marks.add(_read(match["digits"])[1])
        except ValueError:
            continue
    decided = marks - {EITHER}
    if len(decided) == 1:
        return decided.pop()
    return "ask" if EITHER in marks else "auto"
