"""Localised formats of numbers, money and time."""

from __future__ import annotations

import datetime as dt
import decimal
import unicodedata
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    get_territory_currencies,
)
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.clock import SYSTEM, Clock

Number = int | float | Decimal
# As many as the largest float has: rounding fails where there are fewer than a number needs, and anybody may send any.
DIGITS = 400
# What Babel has codes for beside countries: unions, regions, pseudo-locales.
NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
UNFIT = (ArithmeticError, ValueError, KeyError, LookupError)


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    """With that of the language alone, or English, where Babel knows no such place or language."""
    for tag in (language, language.partition("-")[0]):
        with suppress(UnknownLocaleError, ValueError):
            return Locale.parse(translation.to_locale(tag))
    return Locale.parse("en_GB")


def knows(language: str) -> bool:
    """Whether Babel can write numbers and days in it."""
    try:
        return bool(Locale.parse(translation.to_locale(language)))
    except (UnknownLocaleError, ValueError):
        return False


def locale() -> Locale:
    """The reader's locale, as Babel knows it."""
    return _locale(translation.get_language() or "en-gb")


def number(value: Number, *, compact: bool = False) -> str:
    """`1234567` as "1,234,567", or as "1.2M" when compact. What has no such form is shown as it is."""
    try:
        if compact and abs(float(value)) >= 10_000:
            return str(format_compact_decimal(value, locale=locale(), fraction_digits=1))
        with decimal.localcontext(prec=DIGITS):
            return str(format_decimal(value, locale=locale()))
    except UNFIT:
        return as_text(value)


def percent(share: float | None, digits: int = 1) -> str:
    """A share of one: `0.1234` as "12.3%", in German "12,3 %"; an en dash for none."""
    if share is None:
        return "–"
    pattern = locale().percent_formats[None].pattern
    precise = pattern.replace("0%", f"0.{'#' * digits}%").replace("0\xa0%", f"0.{'#' * digits}\xa0%")
    return str(format_percent(share, format=precise if digits else pattern, locale=locale()))


def money(amount: Number, currency: str, *, whole: bool = False) -> str:
    """An amount with its currency: `money(Decimal("12.5"), "GBP")` is "£12.50"."""
    # Where the sign stands is the locale's: "£58,124" and "58.124 £".
    standard = locale().currency_formats["standard"].pattern
    pattern = standard.replace(".00", "") if whole else None
    try:
        with decimal.localcontext(prec=DIGITS):
            return str(
                format_currency(amount, currency, format=pattern, locale=locale(), currency_digits=not whole)
            )
    except UNFIT:
        return f"{as_text(amount)} {currency}"


def day(value: dt.date | dt.datetime) -> str:
    """ "12 Nov 2026"."""
    return str(format_date(_local(value), "medium", locale=locale()))


def moment(value: dt.datetime) -> str:
    """ "12 November 2026, 14:03:07 GMT": the whole truth, for tooltips."""
    return str(format_datetime(_local(value), "long", locale=locale()))


def short_moment(value: dt.datetime) -> str:
    """ "12 Nov 2026, 14:03"."""
    local = _local_moment(value)
    return f"{format_date(local, 'medium', locale=locale())}, {format_time(local, 'short', locale=locale())}"


def ago(value: dt.datetime, *, clock: Clock = SYSTEM) -> str:
    """ "3 min ago", "in 2 h"; from a week on the day itself."""
    seconds = (clock.now() - value).total_seconds()
    size = abs(seconds)
    if size >= 7 * 86400:
        return day(value)
    if size < 45:
        return _("just now") if seconds >= 0 else _("in a moment")
    text = _distance(size)
    return (
        _("%(distance)s ago") % {"distance": text}
        if seconds > 0
        else _("in %(distance)s") % {"distance": text}
    )


def _distance(seconds: float) -> str:
    if seconds < 3570:
        return _("%(n)d min") % {"n": max(1, round(seconds / 60))}
    if seconds < 84600:
        return _("%(n)d h") % {"n": max(1, round(seconds / 3600))}
    days = max(1, round(seconds / 86400))
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    return _local_moment(value) if isinstance(value, dt.datetime) else value


def _local_moment(value: dt.datetime) -> dt.datetime:
    if not timezone.is_aware(value):
        return value
    try:
        return timezone.localtime(value)
    except OverflowError:
        # A zone may lead beyond the first and the last day that there are.
        return value.replace(tzinfo=timezone.get_current_timezone())


def as_text(value: Any) -> str:
    """Any value as Python spells it, but for figures of more digits than it spells."""
    try:
        return str(value)
    except ValueError:
        return _("a number of more digits than can be shown")


def countries() -> list[tuple[str, str]]:
    """(ISO code, name) of all countries, as the reader calls and orders them."""
    names = {str(code): str(name) for code, name in locale().territories.items()}
    listed = [(code, name) for code, name in names.items() if len(code) == 2 and code not in NO_COUNTRIES]
    return sorted(listed, key=lambda pair: unicodedata.normalize("NFKD", pair[1]).casefold())


def currencies() -> list[tuple[str, str]]:
    """(ISO code, "GBP – British Pound") of the currencies that are in use."""
    names = locale().currencies
    return [(code, f"{code} – {names.get(code, code)}") for code in _currencies_in_use()]


@lru_cache(maxsize=1)
def _currencies_in_use() -> list[str]:
    territories = get_global("territory_currencies")
    real = territories.keys() - NO_COUNTRIES
    return sorted({code for territory in real for code in get_territory_currencies(territory)})


def initials(name: str) -> str:
    """Up to two letters that stand for a name or an e-mail address."""
    words = [
        word
        for word in name.replace("@", " ").replace(".", " ").replace("_", " ").split()
        if word[0].isalnum()
    ]
    if not words:
        return "?"
    return (words[0][0] + (words[1][0] if len(words) > 1 and "@" not in name else "")).upper()


def tint(name: str) -> int:
    """One of eight tints, always the same for the same name."""
    return sum(ord(char) * (index + 7) for index, char in enumerate(name)) % 8 + 1
