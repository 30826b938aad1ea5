"""What a housemate withdrew for the address is off here too, and may be chosen again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.core import access
from rapport.core.clock import VirtualClock
from rapport.governance import queries
from rapport.governance.models import Purpose
from rapport.governance.services import consent
from rapport.governance.tests.conftest import person
from rapport.people.models import Person
from rapport.portal.services import preferences

__all__ = ["person"]
pytestmark = pytest.mark.django_db
SHARED = "family@example.org"
START = dt.datetime(2026, 6, 10, tzinfo=dt.UTC)


def is_on(person: Person, key: str = "newsletter/email") -> bool:
    return {choice.key: choice.on for topic in preferences.topics(person) for choice in topic.choices}[key]


def test_the_page_shows_it_and_lets_them_agree_again(person: Any) -> None:
    ada, bob = person(), person()
    Person.objects.filter(pk__in=[ada.pk, bob.pk]).update(email=SHARED)
    clock = VirtualClock(START)
    for who, state in ((ada, "granted"), (bob, "granted"), (ada, "withdrawn")):
        clock.advance(dt.timedelta(hours=1))
        consent.record(
            actor=access.system("test"), person_id=who.pk, purpose="newsletter", channel="email", state=state,
            at=clock.now(), source="form", clock=clock,
        )  # fmt: skip
    assert not is_on(bob)
    assert Purpose.objects.get(key="newsletter").pk in {key[0] for key in queries.withdrawn_by_others(bob.pk)}
    clock.advance(dt.timedelta(hours=1))
    preferences.choose(person_id=bob.pk, wanted={"newsletter/email"}, clock=clock)
    assert (is_on(bob), is_on(ada)) == (True, False)


def test_who_wants_nothing_means_the_mailbox_whatever_they_had_agreed_to(person: Any) -> None:
    ada, bob = person(), person()
    Person.objects.filter(pk__in=[ada.pk, bob.pk]).update(email=SHARED)
    agree = {"purpose": "newsletter", "channel": "email", "state": "granted", "at": START, "source": "form"}
    consent.record(actor=access.system("test"), person_id=bob.pk, **agree)
    assert preferences.choose(person_id=ada.pk, wanted=set()).changed == 0
    assert is_on(bob)
    assert preferences.choose(person_id=ada.pk, wanted={"newsletter/email"}, nothing=True).changed > 0
    assert not is_on(bob)
    assert preferences.choose(person_id=ada.pk, wanted=set(), nothing=True).changed == 0
