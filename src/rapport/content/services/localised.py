"""Filters that write numbers, money and days as the message's language does: `{{ order.total | money: "EUR" }}`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import translation
from django.utils.translation import get_language_info
from liquid import RenderContext
from liquid.filter import with_context
from liquid.undefined import is_undefined

from rapport.core import languages
from rapport.core.ui import formats

MOST_DIGITS = 40


def _in_language(context: RenderContext, write: Callable[[], str]) -> str:
    language = languages.normal(context.resolve("language", default=""))
    if not language:
        return write()
    try:
        get_language_info(language)
    except KeyError:
        return write()
    with translation.override(language):
        return write()


def _number(value: object) -> Decimal | None:
    if is_undefined(value) or value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < MOST_DIGITS else None


@with_context  # type: ignore[untyped-decorator]
def number(value: object, *, context: RenderContext) -> object:
    """`1234.5` as "1,234.5". What is no number stays as it is."""
    amount = _number(value)
    return value if amount is None else _in_language(context, lambda: formats.number(amount))


@with_context  # type: ignore[untyped-decorator]
def money(value: object, currency: object = "", *, context: RenderContext) -> object:
    """`12.5` as "€12.50"; without a currency, that of the workspace."""
    amount = _number(value)
    if amount is None:
        return value
    own = context.resolve("workspace", default={})
    code = str(currency or (own.get("currency") if isinstance(own, dict) else "") or "EUR")
    return _in_language(context, lambda: formats.money(amount, code))


@with_context  # type: ignore[untyped-decorator]
def local_date(value: object, *, context: RenderContext) -> object:
    """`2026-12-24` or a moment in ISO 8601 as "24 December 2026". What is no day stays as it is."""
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value.strip())
            value = moment if moment.tzinfo else moment.date()
        except ValueError:
            return value
    if not isinstance(value, (dt.date, dt.datetime)):
        return value
    day = value
    return _in_language(context, lambda: formats.day(day))


FILTERS: dict[str, Callable[..., Any]] = {"number": number, "money": money, "local_date": local_date}
