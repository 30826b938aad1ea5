"""Whatever is stored, no formatter raises: one odd value must not take a list with it."""

import datetime as dt

import pytest
from django.utils import timezone, translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rapport.core.clock import VirtualClock
from rapport.core.ui import formats
from rapport.people.values import formatting
from rapport.people.values.schema import Definition
from rapport.people.values.types import TraitType

NOW = VirtualClock(dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
MOMENTS = st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=14))]))
NUMBERS = st.integers() | st.floats() | st.decimals() | st.just(10**400) | st.just(10**5000)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**4000) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
@settings(max_examples=60, deadline=None)
@given(moment=MOMENTS)
@example(moment=dt.datetime.min.replace(tzinfo=dt.UTC))
@example(moment=dt.datetime.max.replace(tzinfo=dt.UTC))
def test_every_moment_has_a_form(zone, moment):
    with timezone.override(zone), translation.override("de"):
        for form in (formats.day, formats.moment, formats.short_moment):
            assert form(moment)
        assert formats.ago(moment, clock=NOW)


@settings(max_examples=100, deadline=None)
@given(number=NUMBERS, currency=st.sampled_from(["GBP", "", "£", "XYZ", "not one"]))
def test_every_number_and_amount_has_a_form(number, currency):
    for flag in (False, True):
        assert formats.number(number, compact=flag)
        assert formats.money(number, currency, whole=flag)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON, kind=st.sampled_from([*TraitType]))
def test_every_trait_has_a_form(value, kind):
    definition = Definition("x", "X", kind, currency="GBP")
    assert isinstance(formatting.format_trait("x", value, definition), str)
    assert isinstance(formatting.format_trait("x", value), str)


@given(name=st.text())
def test_every_name_has_initials_and_a_tint(name):
    assert formats.initials(name)
    assert 1 <= formats.tint(name) <= 8
