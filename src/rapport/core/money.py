"""The one money rule: decimal amounts with an ISO 4217 currency, rounded half up to its minor unit.

Prices may be finer than the minor unit (per litre, per click): an amount is kept with up to four digits, and
rounded where it is owed or shown, once per sum. Amounts in two currencies never meet without a dated rate
(`commerce.queries.exchange_rates`). A sum that has to be shared out loses and gains no unit: `allocate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import Any

from babel.numbers import is_currency
from django.db import models
from django.utils.translation import gettext as _

# Digits behind the point of the currencies that have not two, as ISO 4217 lists them. CLDR's digits are those of
# cash in everyday use, and differ (IQD, ALL, RSD …).
WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
MILLS = "BHD IQD JOD KWD LYD OMR TND"
DIGITS = dict.fromkeys(WHOLE.split(), 0) | dict.fromkeys(MILLS.split(), 3) | {"CLF": 4, "UYW": 4}
NONE = {"XXX", "XTS"}  # codes for no currency, and for tests
KEPT = 4
LARGEST = Decimal(10) ** 15
PRECISION = 60


class MoneyError(ValueError):
    """No amount, no currency, or two currencies where one is needed; the message can be shown."""


@lru_cache(maxsize=512)
def currency_code(text: str) -> str:
    """The ISO code in capitals. Raises MoneyError for what is none."""
    code = text.strip().upper()
    if len(code) != 3 or code in NONE or not is_currency(code):
        raise MoneyError(_("“%(code)s” is no currency of ISO 4217.") % {"code": text})
    return code


def minor_digits(currency: str) -> int:
    """Digits behind the point: 2 of GBP, 0 of JPY, 3 of KWD."""
    return DIGITS.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the currency's minor unit, half away from zero, as invoices are."""
    with localcontext(prec=PRECISION):
        return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_UP)


def to_minor(amount: Decimal, currency: str) -> int:
    """In the smallest unit, as payment providers count: 1250 of 12.50 GBP."""
    return int(rounded(amount, currency).scaleb(minor_digits(currency)))


def from_minor(units: int, currency: str) -> Decimal:
    """12.50 GBP of 1250."""
    with localcontext(prec=PRECISION):
        return Decimal(units).scaleb(-minor_digits(currency))


def exact(value: Decimal | int | float | str) -> Decimal:
    """An amount as it is kept, of a number or of a text with a point. Raises MoneyError.

    A float is taken by its shortest spelling: 0.1 is a tenth. What is finer than four digits is rounded.
    """
    try:
        amount = Decimal(str(value).strip())
        if isinstance(value, bool) or not amount.is_finite() or abs(amount) >= LARGEST:
            raise ArithmeticError
        with localcontext(prec=PRECISION):
            amount = amount.quantize(Decimal(1).scaleb(-KEPT), ROUND_HALF_UP)
    except (ArithmeticError, ValueError) as error:
        raise MoneyError(_("“%(value)s” is no amount.") % {"value": str(value)[:40]}) from error
    return amount + 0  # no minus zero


def allocate(amount: Decimal, weights: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """Shares an amount out by weights, in whole minor units that add up to it (largest remainders first).

    A discount over lines, a payment over orders. All weights zero: equal shares.
    """
    if not weights:
        return []
    if any(weight < 0 for weight in weights):
        raise MoneyError(_("Shares cannot be negative."))
    units = to_minor(amount, currency)
    sign, units = (-1, -units) if units < 0 else (1, units)
    with localcontext(prec=PRECISION):
        portions = [Decimal(weight) for weight in weights]
        total = sum(portions)
        portions, total = (
            (portions, total) if total else ([Decimal(1)] * len(portions), Decimal(len(portions)))
        )
        ideal = [portion * units / total for portion in portions]
        shares = [int(portion) for portion in ideal]
        by_remainder = sorted(range(len(portions)), key=lambda i: (shares[i] - ideal[i], i))
        for index in by_remainder[: units - sum(shares)]:
            shares[index] += 1
    return [from_minor(sign * share, currency) for share in shares]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency; adds only to its like."""

    amount: Decimal
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | float | str, currency: str) -> Money:
        """Of what came from outside. Raises MoneyError."""
        return cls(exact(amount), currency_code(currency))

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str) -> Money:
        """The sum, zero of nothing."""
        return sum(amounts, cls(Decimal(0), currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(self.amount * factor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def rounded(self) -> Money:
        """To the minor unit."""
        return Money(rounded(self.amount, self.currency), self.currency)

    def shared(self, weights: Sequence[Decimal | int]) -> list[Money]:
        """Shares that add up to the rounded whole."""
        return [Money(portion, self.currency) for portion in allocate(self.amount, weights, self.currency)]

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise MoneyError(
                _("%(one)s and %(other)s cannot be added without a rate.")
                % {"one": self.currency, "other": other.currency}
            )
        return other.amount


def amount_field(**options: Any) -> models.DecimalField[Any, Any]:
    """The column of an amount."""
    return models.DecimalField(max_digits=19, decimal_places=KEPT, **options)


def currency_field(**options: Any) -> models.CharField[Any, Any]:
    """The column of a currency."""
    return models.CharField(max_length=3, **options)
