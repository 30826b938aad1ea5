"""Amounts of several currencies, added up by dated exchange rates.

An amount is converted by the rates of its own day. There are none at weekends and on holidays, so the newest of the
seven days before counts; where there is none, nothing is guessed: the amount is left out and its currency named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from rapport.commerce.models import ExchangeRate
from rapport.core import sql

_PER_EURO = """
    CASE WHEN {currency} = 'EUR' THEN 1 ELSE (SELECT per_euro FROM commerce_exchangerate r WHERE r.currency = {currency}
    AND r.day BETWEEN {day} - 7 AND {day} ORDER BY r.day DESC LIMIT 1) END
"""
_RATES = f"""
    SELECT pair.day, pair.currency, {_PER_EURO.format(currency="%b", day="pair.day")}
        / {_PER_EURO.format(currency="pair.currency", day="pair.day")}
    FROM unnest(%b::date[], %b::text[]) AS pair (day, currency)
"""


def rates_to(currency: str, pairs: Iterable[tuple[dt.date, str]]) -> dict[tuple[dt.date, str], Decimal]:
    """{(day, currency): factor into `currency`} for those that have one."""
    wanted = sorted(set(pairs))
    factors = {pair: Decimal(1) for pair in wanted if pair[1] == currency}
    others = [pair for pair in wanted if pair[1] != currency]
    if others:
        days, codes = [day for day, _code in others], [code for _day, code in others]
        rows = sql.run(_RATES, [currency, currency, days, codes])
        factors |= {(day, code): factor for day, code, factor in rows if factor is not None}
    return factors


class Total(NamedTuple):
    """A sum in one currency. `missing` is {currency: how much of it has no rate}."""

    amount: Decimal
    currency: str
    missing: Mapping[str, Decimal]


def total(amounts: Iterable[tuple[dt.date, str, Decimal]], currency: str) -> Total:
    """Adds up amounts of days and currencies by the rates of their days."""
    rows = list(amounts)
    factors = rates_to(currency, ((day, code) for day, code, _amount in rows))
    added, missing = Decimal(0), dict[str, Decimal]()
    for day, code, amount in rows:
        if (factor := factors.get((day, code))) is not None:
            added += amount * factor
        else:
            missing[code] = missing.get(code, Decimal(0)) + amount
    return Total(added, currency, missing)


def newest() -> list[Any]:
    """The newest rate of each currency."""
    return list(ExchangeRate.objects.order_by("currency", "-day").distinct("currency"))


def lines(currency: str, day: str) -> str:
    """The SQL of a currency's units for a euro on a day, both being expressions of SQL."""
    return _PER_EURO.format(currency=currency, day=day)
