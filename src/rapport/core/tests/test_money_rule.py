"""The money rule: nothing is lost or gained by rounding, sharing out or counting in minor units."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.core.money import (
    DIGITS,
    Money,
    MoneyError,
    allocate,
    currency_code,
    exact,
    from_minor,
    rounded,
    to_minor,
)

CURRENCIES = st.sampled_from(["GBP", "EUR", "JPY", "KWD", "CLF", *DIGITS])
AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=4)


@pytest.mark.parametrize(
    ("amount", "currency", "owed"),
    [
        ("1.005", "GBP", "1.01"),
        ("-1.005", "GBP", "-1.01"),
        ("2.675", "EUR", "2.68"),
        ("0.5", "JPY", "1"),
        ("1.2345", "KWD", "1.235"),
        ("999.5", "KRW", "1000"),
    ],
)
def test_halves_are_rounded_away_from_zero_to_the_currency_s_unit(amount, currency, owed):
    assert str(rounded(Decimal(amount), currency)) == owed


@pytest.mark.parametrize("value", ["", "abc", "NaN", "Infinity", "-inf", "1e40", True, "1,5", float("nan")])
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(MoneyError):
        exact(value)


@pytest.mark.parametrize("text", ["", "€", "EURO", "ABC", "E R"])
def test_what_is_no_currency_is_refused(text):
    with pytest.raises(MoneyError):
        currency_code(text)


def test_a_float_is_taken_by_its_spelling():
    assert sum((exact(0.1) for _ in range(3)), Decimal(0)) == Decimal("0.3")


def test_currencies_do_not_mix():
    with pytest.raises(MoneyError):
        Money.of(1, "GBP") + Money.of(1, "EUR")


@given(AMOUNTS, CURRENCIES)
def test_minor_units_and_back_is_the_rounded_amount(amount, currency):
    owed = rounded(amount, currency)
    assert from_minor(to_minor(amount, currency), currency) == owed
    assert rounded(owed, currency) == owed
    assert rounded(-amount, currency) == -owed


@given(AMOUNTS, st.lists(st.decimals(min_value=0, max_value=10**9, places=4), min_size=1), CURRENCIES)
def test_shares_add_up_and_are_within_a_unit_of_what_is_fair(amount, weights, currency):
    shares = allocate(amount, weights, currency)
    owed = rounded(amount, currency)
    assert sum(shares) == owed
    total = sum(weights)
    fair = [owed * weight / total if total else owed / len(weights) for weight in weights]
    unit = from_minor(1, currency)
    assert all(abs(share - ideal) <= unit for share, ideal in zip(shares, fair, strict=True))
