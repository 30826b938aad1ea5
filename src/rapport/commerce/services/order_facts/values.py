"""Values as shops send them, read leniently, with a reason for each that had to be guessed or left out.

Nothing is refused: whoever sends an order wants it kept. A reason is a code of `order_words`, with the property it is
about (`not_a_number:total`), and never repeats what was sent.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from rapport.core.money import KEPT, LARGEST, MoneyError, currency_code, exact

Data = dict[str, Any]
_POINTED = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_COMMAED = re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+),\d{1,4}")
_AROUND = re.compile(r"^[^\d\-+.,]+|[^\d.,]+$")
LONGEST = 254


class Reasons(list[str]):
    """What was wrong with the values of an event, each once, as codes."""

    def note(self, code: str, about: str = "") -> None:
        reason = f"{code}:{about}" if about else code
        if reason not in self and len(self) < 20:
            self.append(reason)


def first(data: Data, names: tuple[str, ...]) -> Any:
    """The value of the first of these names that has one."""
    for name in names:
        value = data.get(name)
        if value is not None and value != "":
            return value
    return None


def text(data: Data, names: tuple[str, ...], limit: int = LONGEST) -> str:
    """A text or a number as text; nothing of lists and objects. PostgreSQL keeps no NUL."""
    value = first(data, names)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\0", "").strip()[:limit]


def number(data: Data, names: tuple[str, ...], reasons: Reasons, what: str = "") -> Decimal | None:
    """An amount or a quantity, exact to four digits; None where there is none or it cannot be read."""
    value = first(data, names)
    if value is None:
        return None
    if isinstance(value, dict):  # Shopify's money sets
        value = value.get("amount", value.get("shop_money", value))
        if isinstance(value, dict):
            value = value.get("amount")
    kind = type(value)
    if kind is int or kind is float:
        return _plain(value, what or names[0], reasons)
    if kind is str:
        return _written(value, what or names[0], reasons)
    reasons.note("not_a_number", what or names[0])
    return None


def _plain(value: float, what: str, reasons: Reasons) -> Decimal | None:
    amount = Decimal(repr(value))
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -KEPT and -LARGEST < amount < LARGEST:
        return amount
    return _exact(amount, what, reasons)


def _exact(value: Decimal | str, what: str, reasons: Reasons) -> Decimal | None:
    try:
        return exact(value)
    except MoneyError:
        reasons.note("not_a_number", what)
        return None


def _written(value: str, what: str, reasons: Reasons) -> Decimal | None:
    """ "12.50" is what many shops send; "1,250.00 €" and "12,50" can be read as well."""
    cleaned = _AROUND.sub("", value.strip()).replace(" ", "").replace("\u00a0", "")
    if _POINTED.fullmatch(cleaned):
        plain = cleaned.replace(",", "")
    elif _COMMAED.fullmatch(cleaned):
        plain = cleaned.replace(".", "").replace(",", ".")
        reasons.note("comma", what)
    else:
        reasons.note("not_a_number", what)
        return None
    if cleaned != value.strip():
        reasons.note("more_than_a_number", what)
    return _exact(plain, what, reasons)


def currency(data: Data, names: tuple[str, ...], reasons: Reasons, *, needed: bool) -> str:
    """The ISO code, or "" where there is none or it is none."""
    given = text(data, names)
    if not given:
        if needed:
            reasons.note("no_currency")
        return ""
    try:
        return currency_code(given)
    except MoneyError:
        reasons.note("unknown_currency")
        return ""


def moment(data: Data, names: tuple[str, ...], reasons: Reasons) -> str:
    """A time or a day as ISO text in UTC; a day alone stays a day."""
    value = first(data, names)
    if value is None:
        return ""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value > 10**11 else value
            return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
        written = str(value).strip()
        if len(written) == 10:
            return dt.date.fromisoformat(written).isoformat()
        parsed = dt.datetime.fromisoformat(written)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        reasons.note("no_time", names[0])
        return ""
