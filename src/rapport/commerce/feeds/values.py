"""Cells of feeds as values: amounts with their currency, availability, periods, lists."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.core.money import MoneyError, exact
from rapport.core.plain_text import unescaped
from rapport.transfers.imports import numbers

_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
_DAY = re.compile(r"\d{4}-?\d\d-?\d\d")
# Signs of several currencies: of those they stand for, the business's own is meant.
SHARED = {
    "$": {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "CLP", "COP", "ARS"},
    "kr": {"SEK", "NOK", "DKK", "ISK"},
}
SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "zł": "PLN",
    "Kč": "CZK",
}
THERE = (
    "in_stock instock 1 yes true available lieferbar auf_lager ja limited_availability limitedavailability"
)
THERE += " in_store_only instoreonly online_only onlineonly verfügbar sofort_lieferbar vorrätig"
NOT_THERE = (
    "out_of_stock outofstock oos sold_out soldout discontinued 0 no false ausverkauft nicht_lieferbar nein"
)
NOT_THERE += " nicht_verfügbar unavailable"
LATER = "preorder pre_order backorder back_order available_for_order vorbestellbar"
_AVAILABILITY = {
    **dict.fromkeys(THERE.split(), "there"),
    **dict.fromkeys(NOT_THERE.split(), "gone"),
    **dict.fromkeys(LATER.split(), "later"),
}


# Cells of a column come again and again: what was read once is looked up. Errors are not kept.
READ = 20_000


def text(cell: Any) -> str:
    """A cell as text, without HTML's names of characters, which exports escape once too often."""
    if type(cell) is str and "&" not in cell:
        return cell.strip()
    words = cell[0] if isinstance(cell, list) and cell else cell
    words = "" if words is None else str(words).strip()
    return unescaped(unescaped(words)) if "&" in words else words


def amount(cell: Any, field: str, notation: str, own: str = "") -> tuple[Decimal, str]:
    """(amount, currency or "") of “15.00 USD”, “1.234,56 €” or a number. `own` is the currency that is meant where
    none is named. Raises ValidationError.
    """
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        try:
            return exact(cell), ""
        except MoneyError as error:
            raise ValidationError({field: str(error)}) from error
    return _amount(text(cell), field, notation, own)


@lru_cache(READ)
def _amount(words: str, field: str, notation: str, own: str) -> tuple[Decimal, str]:
    code = _CODE.search(words)
    currency = code[0] if code else next((code for sign, code in SIGNS.items() if sign in words), "")
    if own and not currency and any(sign in words and own not in codes for sign, codes in SHARED.items()):
        why = _("“%(value)s” can be in several currencies. Write its code, such as 15.00 USD.")
        raise ValidationError({field: why % {"value": words[:40]}})
    try:
        return exact(numbers.parse_exact(words, notation)), currency
    except ValueError as error:
        if str(error) == "number_notation":
            why = _("“%(value)s” can mean two amounts. Say in the feed's mapping how decimals are written.")
        else:
            why = _("“%(value)s” is no amount.")
        raise ValidationError({field: why % {"value": words[:40]}}) from error


def count(cell: Any) -> int:
    """A number of pieces; what is below zero is oversold and counts. Raises ValidationError."""
    return _count(text(cell))


@lru_cache(READ)
def _count(words: str) -> int:
    try:
        return int(numbers.parse(words, "point"))
    except ValueError as error:
        raise ValidationError({"quantity": _("“%(value)s” is no number.") % {"value": words[:40]}}) from error


def availability(cell: Any) -> str:
    """`there`, `gone` or `later`. Raises ValidationError for a word that nobody knows."""
    return _availability(text(cell))


@lru_cache(1_000)
def _availability(cell: str) -> str:
    words = cell.rstrip("/").rpartition("/")[2]
    state = _AVAILABILITY.get(re.sub(r"[\s_-]+", "_", words.lower()))
    if state is None:
        raise ValidationError(
            {"availability": _("“%(value)s” is no availability. Use in_stock, out_of_stock, preorder or backorder.")
             % {"value": words[:40]}}
        )  # fmt: skip
    return state


def moment(words: str, zone: ZoneInfo, field: str) -> dt.datetime:
    """A time of ISO 8601; without a zone in that of the business. Raises ValidationError."""
    try:
        at = dt.datetime.fromisoformat(words.strip())
    except ValueError as error:
        raise ValidationError(
            {field: _("“%(value)s” is no time such as 2026-03-01T08:00+01:00.") % {"value": words[:40]}}
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=zone)


def period(cell: Any, zone: ZoneInfo) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Beginning and end of “2026-03-01T08:00+0100/2026-03-08T23:59+0100”; either may be missing. A sale that ends on
    a day lasts until it is over.
    """
    begins, _sign, ends = text(cell).partition("/")
    since = moment(begins, zone, "sale_dates") if begins.strip() else None
    until = moment(ends, zone, "sale_dates") if ends.strip() else None
    if until and _DAY.fullmatch(ends.strip()):
        until += dt.timedelta(days=1)
    return since, until


def references(cell: Any) -> list[str]:
    """Ids or SKUs of a list, or of one cell with commas between them; WooCommerce writes “id:12”."""
    members = cell if isinstance(cell, list) else re.split(r"[,;|\n]", text(cell))
    return [word for member in members if (word := text(member).removeprefix("id:").strip())]


def addresses(cell: Any) -> list[str]:
    """Web addresses of a list, or of one cell with commas between them (commas in an address stay)."""
    if isinstance(cell, list):
        return [text(member) for member in cell if text(member)]
    return [url.strip() for url in re.split(r"[,;|\s]+(?=https?://)", text(cell)) if url.strip(" ,;|")]
