"""A key that ends cannot outlive itself in keys that it makes."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from rapport.core import access
from rapport.core.clock import VirtualClock
from rapport.core.services import keys

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)


@pytest.fixture
def maker(user):
    """The actor of a key that ends in a week."""
    key, _secret = keys.create(
        actor=access.for_user(user), name="K", role="admin", expires_at=NOW + WEEK, clock=VirtualClock(NOW)
    )
    return access.for_key(key)


def make(maker, ends):
    return keys.create(
        actor=maker, name="L", scopes=["people.view"], expires_at=ends, clock=VirtualClock(NOW)
    )[0]


def test_a_key_without_an_end_gets_that_of_its_maker(maker):
    assert make(maker, None).expires_at == NOW + WEEK


def test_an_earlier_end_is_kept_and_a_later_refused(maker):
    assert make(maker, NOW + WEEK / 2).expires_at == NOW + WEEK / 2
    with pytest.raises(ValidationError, match="cannot end later"):
        make(maker, NOW + WEEK * 2)
