"""What of an arriving value is safely of its trait's type."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rapport.people import spelling
from rapport.people.values.patterns import problem
from rapport.people.values.types import InvalidValue, TraitRule, TraitType, coerce, infer_type

FITS = [
    (TraitType.WHOLE, "42", 42),
    (TraitType.WHOLE, 42.0, 42),
    (TraitType.NUMBER, " 1.5 ", 1.5),
    (TraitType.MONEY, 12.5, "12.50"),
    (TraitType.YES_NO, "yes", True),
    (TraitType.YES_NO, 0, False),
    (TraitType.DATE, "1990-05-17", "1990-05-17"),
    (TraitType.DATE, "1990-05-17T00:00:00Z", "1990-05-17"),
    (TraitType.MOMENT, 1_700_000_000, "2023-11-14T22:13:20+00:00"),
    (TraitType.MOMENT, 1_700_000_000_000, "2023-11-14T22:13:20+00:00"),
    (TraitType.MOMENT, "2026-01-31", "2026-01-31T00:00:00+00:00"),
    (TraitType.EMAIL, " Ada@Example.org", "Ada@Example.org"),
    (TraitType.PHONE, "020 7946 0000", "+442079460000"),
    (TraitType.URL, "example.org/a", "https://example.org/a"),
    (TraitType.COUNTRY, "Germany", "DE"),
    (TraitType.COUNTRY, "gb", "GB"),
    (TraitType.CHOICE, "GOLD", "Gold"),
    (TraitType.CHOICES, "gold, Silver", ["Gold", "Silver"]),
    (TraitType.LIST, "a, b", ["a", "b"]),
    (TraitType.TEXT, 7, "7"),
]
UNFIT = [
    (TraitType.WHOLE, "42.5"),
    (TraitType.WHOLE, "four"),
    (TraitType.WHOLE, True),
    (TraitType.NUMBER, "1,5"),
    (TraitType.NUMBER, float("nan")),
    (TraitType.MONEY, "twelve"),
    (TraitType.YES_NO, "perhaps"),
    (TraitType.DATE, "17/05/1990"),
    (TraitType.DATE, "1990-02-30"),
    (TraitType.MOMENT, "soon"),
    (TraitType.EMAIL, "ada"),
    (TraitType.PHONE, "12"),
    (TraitType.URL, "javascript:alert(1)"),
    (TraitType.COUNTRY, "Atlantis"),
    (TraitType.CHOICE, "Bronze"),
    (TraitType.TEXT, {"a": 1}),
    (TraitType.TEXT, "x" * 1001),
    (TraitType.DATE, ""),
]


def rule(kind):
    return TraitRule(kind, options=("Gold", "Silver"))


@pytest.mark.parametrize(("kind", "given", "expected"), FITS)
def test_a_value_with_one_reading_is_taken(kind, given, expected):
    reading = coerce(given, rule(kind))
    assert (reading, type(reading)) == (expected, type(expected))


@pytest.mark.parametrize(("kind", "given"), UNFIT)
def test_a_value_that_would_have_to_be_guessed_is_refused_with_a_reason(kind, given):
    with pytest.raises(InvalidValue) as refusal:
        coerce(given, rule(kind))
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(("kind", "given", "_expected"), FITS)
def test_taking_a_value_twice_changes_nothing(kind, given, _expected):
    once = coerce(given, rule(kind))
    assert coerce(once, rule(kind)) == once


def test_bounds_hold_for_figures_and_for_lengths():
    with pytest.raises(InvalidValue, match="The maximum is 120"):
        coerce(130, TraitRule(TraitType.WHOLE, maximum=Decimal(120)))
    with pytest.raises(InvalidValue, match="The minimum is 3"):
        coerce("ab", TraitRule(TraitType.TEXT, minimum=Decimal(3)))


def test_a_pattern_covers_the_whole_value():
    assert coerce("AB12", TraitRule(TraitType.TEXT, pattern="[A-Z]{2}[0-9]+")) == "AB12"
    with pytest.raises(InvalidValue):
        coerce("xAB12", TraitRule(TraitType.TEXT, pattern="[A-Z]{2}[0-9]+"))


@pytest.mark.parametrize("pattern", ["[A-Z]{2}[0-9]+", "(gold|silver)", r"\d{4}-\d{2}", ".*@example\\.org"])
def test_ordinary_patterns_are_allowed(pattern):
    assert not problem(pattern)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1990-05-17", TraitType.DATE),
        (3, TraitType.WHOLE),
        (True, TraitType.YES_NO),
        ("a@b.org", TraitType.EMAIL),
        ([1], TraitType.LIST),
        ("hi", TraitType.TEXT),
    ],
)
def test_a_seen_value_suggests_its_type(value, kind):
    assert infer_type(value) == kind


@pytest.mark.parametrize(
    "value",
    [
        "(null)",
        "<null>",
        "<nil>",
        "[undefined]",
        "{{userId}}",
        "{{ user.id }}",
        "{% id %}",
        "${id}",
        "#{id}",
        "<%= id %>",
    ]
    + ["%%USER_ID%%", "*|EMAIL|*"],
)
def test_what_a_program_or_template_left_unfilled_identifies_nobody(value):
    assert spelling.blocked(value)


@pytest.mark.parametrize(
    "value", ["(nullable)", "{12}", "{a}{b}", "$100", "#7", "<ada>", "%41", "*7", "{{a}}b{{c}}"]
)
def test_an_id_may_have_brackets(value):
    assert not spelling.blocked(value)
