"""Dated exchange rates: taken from files of the European Central Bank, told over the API or by hand, and used.

An amount is converted by the rates of its own day. There are none at weekends and on holidays, so the newest of the
`REACH` days before counts; where there is none, nothing is guessed: the amount is left out and its currency named.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.models import ExchangeRate
from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.money import MoneyError, currency_code
from rapport.core.services import audit

REACH = 7
PIVOT = "EUR"
MOST = 500_000
_DAY = re.compile(r"""<(?:\w+:)?Cube\s+time=["'](\d{4}-\d\d-\d\d)["']""")
_RATE = re.compile(r"""<(?:\w+:)?Cube\s+currency=["']([A-Z]{3})["']\s+rate=["']([\d.]+)["']""")
_PUT = """
    INSERT INTO commerce_exchangerate (day, currency, per_euro)
    SELECT * FROM unnest(%b::date[], %b::text[], %b::numeric[])
    ON CONFLICT (currency, day) DO UPDATE SET per_euro = excluded.per_euro
"""
_PER_EURO = """
    CASE WHEN {currency} = 'EUR' THEN 1 ELSE (SELECT per_euro FROM commerce_exchangerate r WHERE r.currency = {currency}
    AND r.day BETWEEN {day} - 7 AND {day} ORDER BY r.day DESC LIMIT 1) END
"""
_RATES = f"""
    SELECT pair.day, pair.currency, {_PER_EURO.format(currency="%b", day="pair.day")}
        / {_PER_EURO.format(currency="pair.currency", day="pair.day")}
    FROM unnest(%b::date[], %b::text[]) AS pair (day, currency)
"""


class Rate(NamedTuple):
    """So many units of a currency for one euro."""

    day: dt.date
    currency: str
    per_euro: Decimal


def read(content: bytes) -> list[Rate]:
    """The rates of a file: the ECB's XML, its table of days and currencies, or rows of day, currency and rate.

    Raises ValidationError.
    """
    text = content.decode("utf-8-sig", "replace")
    rates = list(_xml(text) if "<" in text[:200] else _csv(text))
    if not rates:
        raise ValidationError(
            {"file": _("There are no rates in this file. Take eurofxref-hist.xml or .csv of the ECB.")}
        )
    return rates


def _xml(text: str) -> Iterable[Rate]:
    places = [(match.start(), match[1]) for match in _DAY.finditer(text)]
    for (begin, day), end in zip(places, [*(place for place, _day in places[1:]), len(text)], strict=True):
        for code, rate in _RATE.findall(text[begin:end]):
            yield _rate(day, code, rate)


def _csv(text: str) -> Iterable[Rate]:
    rows = csv.reader(io.StringIO(text), delimiter=";" if ";" in text[:300] else ",")
    header = [name.strip().lower() for name in next(rows, [])]
    long = "currency" in header and "rate" in header
    for row in rows:
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        day = cells.get("date") or cells.get("day") or ""
        if long:
            yield _rate(day, cells["currency"], cells["rate"])
            continue
        for name, cell in cells.items():
            if len(name) == 3 and cell and cell != "N/A":
                yield _rate(day, name.upper(), cell)


def _rate(day: str, code: str, rate: str) -> Rate:
    try:
        at = dt.date.fromisoformat(day) if day[:1].isdigit() else dt.datetime.strptime(day, "%d %B %Y").date()  # noqa: DTZ007
        return Rate(at, currency_code(code), Decimal(rate))
    except (ValueError, InvalidOperation, MoneyError) as error:
        words = _("“%(day)s, %(currency)s, %(rate)s” is no day, currency and rate.")
        given = {"day": day[:20], "currency": code[:5], "rate": rate[:20]}
        raise ValidationError({"file": words % given}) from error


@transaction.atomic
def put(*, actor: Actor, rates: Sequence[Rate]) -> int:
    """Adds rates, in place of those of the same day. Raises ValidationError."""
    actor.require("orders.edit")
    if len(rates) > MOST:
        raise ValidationError({"rates": _("At most %(n)d.") % {"n": MOST}})
    for rate in rates:
        if not (rate.per_euro.is_finite() and 0 < rate.per_euro < 10**9) or rate.currency == PIVOT:
            raise ValidationError({"rate": _("A rate says how many units of another currency are one euro.")})
    distinct = list({(rate.currency, rate.day): rate for rate in rates}.values())
    sql.run(
        _PUT,
        [
            [rate.day for rate in distinct],
            [rate.currency for rate in distinct],
            [rate.per_euro for rate in distinct],
        ],
    )
    audit.record(
        actor=actor,
        action="exchange_rates.put",
        object_type="exchange_rates",
        object_id=1,
        data={"rates": len(distinct)},
    )
    return len(distinct)


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
