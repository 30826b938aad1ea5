"""Standardisers: what they make of real values, and what holds for every text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.quality.cleansing.contacts import PROVIDERS, mistyped, standard_phone
from rapport.quality.cleansing.places import standard_country, standard_postcode
from rapport.quality.cleansing.texts import (
    is_placeholder,
    letters,
    standard_city,
    standard_name,
    standard_part,
    tidy,
)

words = st.text(alphabet="abcdxyzABCDXYZßéÉİıǅ李'’-.,& 0123()\"\u00a0\u200b", max_size=30)
texts = st.one_of(st.text(max_size=40), words)


@pytest.mark.parametrize("standard", [standard_name, standard_part, standard_city, tidy])
@given(text=texts)
def test_a_standard_text_settles(standard, text):
    once = standard(text)
    assert standard(once) == once


@pytest.mark.parametrize("standard", [standard_name, standard_part, standard_city, tidy])
@given(text=texts)
def test_no_character_and_no_digit_is_ever_lost(standard, text):
    assert letters(standard(text)) == letters(text)


@given(text=texts, country=st.sampled_from(["GB", "DE", "NL", "US", "CA", "PL", "JP", "XX"]))
def test_a_postcode_settles_and_changes_only_case_and_gaps(text, country):
    once = standard_postcode(text, country)
    assert standard_postcode(once, country) == once
    assert letters(once) == letters(text)


@given(number=st.text(alphabet="0123456789+ ()-/", max_size=20))
def test_a_phone_number_settles(number):
    once = standard_phone(number, "GB")
    assert once is None or standard_phone(once, "GB") == once


@given(
    local=st.text(alphabet="abc.1", min_size=1, max_size=5), domain=st.text(alphabet="gmailco.", max_size=12)
)
def test_a_mended_domain_is_not_mended_again(local, domain):
    once = mistyped(f"{local}@{domain}", {})
    assert once is None or (mistyped(once, {}) is None and once.startswith(f"{local}@"))


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("mCDONALD, JOHN", "John McDonald"),
        ("JAN VAN DER BERG", "Jan van der Berg"),
        ("O'BRIEN, MARY-JANE", "Mary-Jane O'Brien"),
        ("ada  lovelace ", "Ada Lovelace"),
        ("Dee DeVito", "Dee DeVito"),
        ("Smith, Jones & Co", "Smith, Jones & Co"),
        ("李小龍", "李小龍"),
    ],
)
def test_names(given_name, expected):
    assert standard_name(given_name) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Deutschland", "DE"),
        ("Royaume-Uni", "GB"),
        ("uk", "GB"),
        ("日本", "JP"),
        ("DEU", "DE"),
        ("Narnia", None),
    ],
)
def test_countries_in_many_languages(text, code):
    assert standard_country(text) == code


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("ec1y8sy", "GB", "EC1Y 8SY"),
        ("1012ab", "NL", "1012 AB"),
        ("221621010", "US", "22162-1010"),
        ("k1a0b1", "CA", "K1A 0B1"),
        ("nonsense", "GB", "nonsense"),
    ],
)
def test_postcodes_as_their_country_writes_them(text, country, expected):
    assert standard_postcode(text, country) == expected


@pytest.mark.parametrize("domain", ["gmial.com", "gmail.con", "gamil.com", "gmail.co", "gmaill.com"])
def test_slips_of_a_well_known_provider_are_mended(domain):
    assert mistyped(f"ada@{domain}", {}) == "ada@gmail.com"


@pytest.mark.parametrize("domain", [*sorted(PROVIDERS), "gmx.fr", "live.se", "example.org"])
def test_a_real_domain_is_left_alone(domain):
    assert mistyped(f"ada@{domain}", {}) is None


def test_a_domain_that_many_customers_use_is_meant_by_its_neighbour():
    assert mistyped("ada@acne-corp.com", {"acme-corp.com": 50}) == "ada@acme-corp.com"
    assert mistyped("ada@acne-corp.com", {"acme-corp.com": 50, "acne-corp.com": 30}) is None


def test_a_surname_is_no_placeholder():
    assert is_placeholder(" N/A ")
    assert is_placeholder("-")
    assert is_placeholder("Test")
    assert not is_placeholder("Na", name=True)


def test_cities_keep_their_small_words():
    assert standard_city("STRATFORD-UPON-AVON") == "Stratford-upon-Avon"
    assert standard_city("L'AQUILA") == "L'Aquila"
