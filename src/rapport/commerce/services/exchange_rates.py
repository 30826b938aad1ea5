"""Dated exchange rates: taken from files of the European Central Bank, told over the API or by hand."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.registry import RATE_LISTENERS
from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.money import MoneyError, currency_code
from rapport.core.services import audit

PIVOT = "EUR"
MOST = 500_000
_DAY = re.compile(r"""<(?:\w+:)?Cube\s+time=["'](\d{4}-\d\d-\d\d)["']""")
_RATE = re.compile(r"""<(?:\w+:)?Cube\s+currency=["']([A-Z]{3})["']\s+rate=["']([\d.]+)["']""")
_PUT = """
    INSERT INTO commerce_exchangerate (day, currency, per_euro)
    SELECT * FROM unnest(%b::date[], %b::text[], %b::numeric[])
    ON CONFLICT (currency, day) DO UPDATE SET per_euro = excluded.per_euro
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
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in text[:300] else ",")
    header = [name.strip().lower() for name in next(rows, [])]
    long = "currency" in header and "rate" in header
    for row in filter(any, rows):
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        day = cells.get("date") or cells.get("day") or ""
        if long:
            yield _rate(day, cells.get("currency", ""), cells.get("rate", ""))
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
    if not distinct:
        return 0
    sql.run(
        _PUT,
        [
            [rate.day for rate in distinct],
            [rate.currency for rate in distinct],
            [rate.per_euro for rate in distinct],
        ],
    )
    for heard in RATE_LISTENERS if distinct else ():
        heard([(rate.day, rate.currency) for rate in distinct])
    audit.record(
        actor=actor,
        action="exchange_rates.put",
        object_type="exchange_rates",
        object_id=1,
        data={"rates": len(distinct)},
    )
    return len(distinct)
