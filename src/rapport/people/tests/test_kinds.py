"""What of an arriving value is safely of its trait's type."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rapport.people.kinds import Kind, Rule, Unfit, coerced, inferred
from rapport.people.patterns import problem

FITS = [
    (Kind.WHOLE, "42", 42),
    (Kind.WHOLE, 42.0, 42),
    (Kind.NUMBER, " 1.5 ", 1.5),
    (Kind.MONEY, 12.5, "12.50"),
    (Kind.YES_NO, "yes", True),
    (Kind.YES_NO, 0, False),
    (Kind.DATE, "1990-05-17", "1990-05-17"),
    (Kind.DATE, "1990-05-17T00:00:00Z", "1990-05-17"),
    (Kind.MOMENT, 1_700_000_000, "2023-11-14T22:13:20+00:00"),
    (Kind.MOMENT, 1_700_000_000_000, "2023-11-14T22:13:20+00:00"),
    (Kind.MOMENT, "2026-01-31", "2026-01-31T00:00:00+00:00"),
    (Kind.EMAIL, " Ada@Example.org", "Ada@Example.org"),
    (Kind.PHONE, "020 7946 0000", "+442079460000"),
    (Kind.URL, "example.org/a", "https://example.org/a"),
    (Kind.COUNTRY, "Germany", "DE"),
    (Kind.COUNTRY, "gb", "GB"),
    (Kind.CHOICE, "GOLD", "Gold"),
    (Kind.CHOICES, "gold, Silver", ["Gold", "Silver"]),
    (Kind.LIST, "a, b", ["a", "b"]),
    (Kind.TEXT, 7, "7"),
]
UNFIT = [
    (Kind.WHOLE, "42.5"),
    (Kind.WHOLE, "four"),
    (Kind.WHOLE, True),
    (Kind.NUMBER, "1,5"),
    (Kind.NUMBER, float("nan")),
    (Kind.MONEY, "twelve"),
    (Kind.YES_NO, "perhaps"),
    (Kind.DATE, "17/05/1990"),
    (Kind.DATE, "1990-02-30"),
    (Kind.MOMENT, "soon"),
    (Kind.EMAIL, "ada"),
    (Kind.PHONE, "12"),
    (Kind.URL, "javascript:alert(1)"),
    (Kind.COUNTRY, "Atlantis"),
    (Kind.CHOICE, "Bronze"),
    (Kind.TEXT, {"a": 1}),
    (Kind.TEXT, "x" * 1001),
    (Kind.DATE, ""),
]


def rule(kind):
    return Rule(kind, options=("Gold", "Silver"))


@pytest.mark.parametrize(("kind", "given", "expected"), FITS)
def test_a_value_with_one_reading_is_taken(kind, given, expected):
    found = coerced(given, rule(kind))
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("kind", "given"), UNFIT)
def test_a_value_that_would_have_to_be_guessed_is_refused_with_a_reason(kind, given):
    with pytest.raises(Unfit) as refusal:
        coerced(given, rule(kind))
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(("kind", "given", "_expected"), FITS)
def test_taking_a_value_twice_changes_nothing(kind, given, _expected):
    once = coerced(given, rule(kind))
    assert coerced(once, rule(kind)) == once


def test_bounds_hold_for_figures_and_for_lengths():
    with pytest.raises(Unfit, match="At most 120"):
        coerced(130, Rule(Kind.WHOLE, maximum=Decimal(120)))
    with pytest.raises(Unfit, match="At least 3 characters"):
        coerced("ab", Rule(Kind.TEXT, minimum=Decimal(3)))


def test_a_pattern_covers_the_whole_value():
    assert coerced("AB12", Rule(Kind.TEXT, pattern="[A-Z]{2}[0-9]+")) == "AB12"
    with pytest.raises(Unfit):
        coerced("xAB12", Rule(Kind.TEXT, pattern="[A-Z]{2}[0-9]+"))


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "([a-z]+)*", "(?=x)y", r"(a)\1", "(", "a*a*a*a*b"])
def test_patterns_that_could_take_for_ever_are_not_allowed(pattern):
    assert problem(pattern)


@pytest.mark.parametrize("pattern", ["[A-Z]{2}[0-9]+", "(gold|silver)", r"\d{4}-\d{2}", ".*@example\\.org"])
def test_ordinary_patterns_are_allowed(pattern):
    assert not problem(pattern)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1990-05-17", Kind.DATE),
        (3, Kind.WHOLE),
        (True, Kind.YES_NO),
        ("a@b.org", Kind.EMAIL),
        ([1], Kind.LIST),
        ("hi", Kind.TEXT),
    ],
)
def test_a_seen_value_suggests_its_type(value, kind):
    assert inferred(value) == kind
