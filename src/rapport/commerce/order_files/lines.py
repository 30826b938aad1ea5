"""Rows of a file as what they say: a line of an order, and what they repeat of the order itself."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from rapport.commerce.order_files.columns import (
    ADDRESS,
    CUSTOMER,
    FIELDS,
    MONEY,
    OF_LINE,
    OF_ORDER,
    TIMES,
    WHO,
)
from rapport.core.money import MoneyError, exact
from rapport.people.normalise import normalise
from rapport.people.values.countries import country_named
from rapport.transfers.imports import dates, numbers
from rapport.transfers.imports.reasons import words_of

# What spreadsheets show for a formula that has no value: two orders of that "number" would be one.
_BROKEN = frozenset("#N/A #REF! #VALUE! #NAME? #DIV/0! #NULL! #NUM! #CALC! #SPILL!".split())
LONGEST = {"store": 64, "currency": 3, "country": 254}
_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode


class Row(msgspec.Struct, omit_defaults=True):
    """What one row says. `order` holds texts of the order, `sums` amounts of it, `who` identifiers by type.

    `customer` are traits of theirs; `unfit` are identifiers that name nobody: the order is a guest's then.
    """

    at: str
    line: dict[str, str] = {}
    quantity: Decimal | None = None
    money: dict[str, Decimal] = {}
    order: dict[str, str] = {}
    who: dict[str, str] = {}
    customer: dict[str, Any] = {}
    unfit: dict[str, str] = {}
    times: dict[str, str] = {}


encode = msgspec.json.Encoder(decimal_format="number").encode
decode = msgspec.json.Decoder(Row).decode


class Unfit(ValueError):
    """A row that cannot be taken; the message says why, and repeats nothing that stood in it."""


@lru_cache(maxsize=50_000)
def _normal(kind: str, text: str, region: str) -> str:
    """An identifier in its one spelling, numbers as the country writes them; empty for what names nobody."""
    return normalise(kind, text, region if kind == "phone" else "") or ""


@dataclass(slots=True)
class Mapper:
    """`columns` is {column: field}, `notations` {column: how its dates or numbers are written}; no order is of after
    `latest`.
    """

    columns: Mapping[str, str]
    notations: Mapping[str, str]
    zone: dt.tzinfo
    latest: dt.datetime
    _by_field: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._by_field = {to: column for column, to in self.columns.items() if to != "ignore"}

    def key(self, cells: Mapping[str, Any]) -> str:
        """The order's shop and number; rows of a file without numbers are told apart by what they hold."""
        if "number" not in self._by_field:
            return "row " + blake2b(_encode(cells), digest_size=8).hexdigest()
        number = self._text(cells, "number", 200)
        if not number:
            return ""
        if till := self._text(cells, "till", 30):
            number = f"{till}-{number}-{self._day(cells)}"
        return f"{self._text(cells, 'store', 64)}\x1f{number}"

    def _day(self, cells: Mapping[str, Any]) -> str:
        """Tills count their receipts each by itself, and from the start again every day."""
        try:
            at = self._moment(cells, "date")
        except Unfit:
            at = None
        return at.astimezone(self.zone).date().isoformat() if at else self._text(cells, "date", 20)

    @property
    def is_numbered(self) -> bool:
        return "number" in self._by_field

    def row(self, cells: Mapping[str, Any]) -> Row:
        """Raises Unfit."""
        at = self._moment(cells, "date")
        if at is None:
            raise Unfit(_("%(field)s: there is none.") % {"field": FIELDS["date"]})
        if at > self.latest:
            raise Unfit(_("%(field)s: it is still to come.") % {"field": FIELDS["date"]})
        given = {name: self._moment(cells, name) for name in TIMES if name != "date"}
        country = (
            country_named(self._text(cells, "customer_country", 60) or self._text(cells, "country", 60)) or ""
        )
        given_who = self._texts(cells, WHO)
        who = {name: _normal(name, text, country) for name, text in given_who.items()}
        return Row(
            self._with_time(at, cells).isoformat(),
            self._texts(cells, OF_LINE),
            self._number(cells, "quantity"),
            {name: value for name in MONEY if (value := self._number(cells, name)) is not None},
            self._texts(cells, OF_ORDER),
            {name: value for name, value in who.items() if value},
            self._customer(cells, country),
            {name: text for name, text in given_who.items() if not who[name]},
            {name: value.isoformat() for name, value in given.items() if value is not None},
        )

    def _customer(self, cells: Mapping[str, Any], country: str) -> dict[str, Any]:
        """Traits; the parts of an address are one of them."""
        traits: dict[str, Any] = self._texts(cells, CUSTOMER)
        if "customer_name" in traits:
            traits = {"name": traits.pop("customer_name")} | traits
        place = self._texts(cells, ADDRESS)
        if number := place.pop("house_number", ""):
            place["street"] = f"{place.get('street', '')} {number}".strip()
        if "postal_code" in place:
            place["postal_code"] = place["postal_code"].removeprefix("'")  # as Shopify keeps its zeros
        place.pop("customer_country", None)
        if place:
            traits["address"] = place | ({"country": country} if country else {})
        return traits

    def _texts(self, cells: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, str]:
        return {name: text for name in names if (text := self._text(cells, name, LONGEST.get(name, 254)))}

    def _text(self, cells: Mapping[str, Any], name: str, longest: int) -> str:
        column = self._by_field.get(name)
        cell = cells.get(column) if column is not None else None
        if isinstance(cell, float) and cell.is_integer():  # a number that a spreadsheet gave a point
            cell = int(cell)
        text = "" if cell is None else str(cell).replace("\0", "").strip()
        if name in {"user_id", "card_number", "phone", "postal_code"}:
            text = text.removesuffix(".0")
        return "" if text in _BROKEN else " ".join(text.split())[:longest]

    def _number(self, cells: Mapping[str, Any], name: str) -> Decimal | None:
        column = self._by_field.get(name)
        cell = cells.get(column) if column is not None else None
        if cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)):
            return None
        try:
            if isinstance(cell, Decimal):
                return exact(cell)
            return exact(numbers.parse_exact(cell, self.notations.get(column or "", "auto")))
        except (ValueError, MoneyError) as error:
            code = str(error) if str(error).startswith("number") else "number"
            raise Unfit(f"{FIELDS[name]}: {words_of(code)}") from error

    def _moment(self, cells: Mapping[str, Any], name: str) -> dt.datetime | None:
        column = self._by_field.get(name)
        cell = cells.get(column) if column is not None else None
        if isinstance(cell, str):
            cell = cell.strip()
        if cell is None or cell == "":
            return None
        try:
            order = self.notations.get(column or "", "auto")
            return dates.moment(cell, order, self.zone).astimezone(dt.UTC)
        except ValueError as error:
            raise Unfit(f"{FIELDS[name]}: {words_of(str(error))}") from error

    def _with_time(self, at: dt.datetime, cells: Mapping[str, Any]) -> dt.datetime:
        """The time of the day stands in a column of its own: 14:05, 1405 or 14:05:30."""
        text = self._text(cells, "time", 12)
        if not text:
            return at
        digits = text.zfill(4) if text.isdecimal() else text
        try:
            clock = dt.time.fromisoformat(
                digits if len(digits) != 4 or ":" in digits else f"{digits[:2]}:{digits[2:]}"
            )
        except ValueError as error:
            raise Unfit(_("%(field)s: it is no time.") % {"field": FIELDS["time"]}) from error
        local = at.astimezone(self.zone)
        return dt.datetime.combine(local.date(), clock, self.zone).astimezone(dt.UTC)


def notations(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """How each column writes its dates and numbers; “ask” where the rows do not tell and nobody has said."""
    judged: dict[str, str] = {}
    for column, to in columns.items():
        is_time, is_number = to in TIMES, to in MONEY or to == "quantity"
        if not is_time and not is_number:
            continue
        cells = [cell for row in rows if isinstance(cell := row.get(column), str) and cell.strip()]
        seen = dates.notation_of(cells) if is_time else numbers.notation_of(cells)
        notation = chosen.get("dates" if is_time else "numbers", "")
        judged[column] = notation or seen or "auto"
    return judged
