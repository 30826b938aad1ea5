"""How often, a pause, a language: who may choose, what counts when two become one, and what an erasure leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from rapport.core import access
from rapport.core.clock import VirtualClock
from rapport.core.models import AuditEntry
from rapport.governance import queries
from rapport.governance.models import ContactPreference
from rapport.governance.services import contact_preferences, personal_data
from rapport.governance.services.contact_preferences import Choice, InvalidPreference
from rapport.people.models import Person

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 6, 10, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=30)


def choose(person: Person, **choice: Any) -> ContactPreference:
    return contact_preferences.choose(
        actor=access.for_person(str(person.pk)), person_id=person.pk, choice=Choice(**choice), source="test",
        clock=VirtualClock(NOW),
    )  # fmt: skip


def test_limits_and_pauses_are_asked_for_many_at_once(person: Any) -> None:
    ada, bob, eve = person(), person(), person()
    choose(ada, messages=1, days=7)
    choose(bob, paused_until=LATER)
    ids = [ada.pk, bob.pk, eve.pk]
    assert queries.frequency_limits(ids) == {ada.pk: (1, 7)}
    assert queries.paused_until(ids, NOW) == {bob.pk: LATER}
    assert queries.paused_until(ids, LATER) == {}


def test_a_choice_is_audited_and_the_same_again_is_not(person: Any) -> None:
    ada = person()
    for _ in range(2):
        choose(ada, messages=1, days=7)
    assert AuditEntry.objects.filter(action="preferences.changed").count() == 1


def test_nobody_chooses_for_another(person: Any) -> None:
    ada, bob = person(), person()
    with pytest.raises(PermissionDenied):
        contact_preferences.choose(
            actor=access.for_person(str(ada.pk)), person_id=bob.pk, choice=Choice(), source="test"
        )


@pytest.mark.parametrize(
    "choice",
    [{"messages": 1}, {"days": 7}, {"messages": 0, "days": 7}, {"paused_until": NOW.replace(year=2099)}],
)
def test_what_cannot_be_is_refused(person: Any, choice: dict[str, Any]) -> None:
    with pytest.raises(InvalidPreference):
        choose(person(), **choice)


def test_a_merge_keeps_what_lets_less_through_and_its_undoing_gives_both_back(person: Any) -> None:
    ada, shade = person(), person()
    choose(ada, messages=2, days=7, language="de")
    choose(shade, messages=1, days=7, paused_until=LATER)
    moved = contact_preferences.merge([(ada.pk, shade.pk)])
    both = queries.contact_preference(ada.pk)
    assert (both.messages, both.days, both.paused_until, both.language) == (1, 7, LATER, "de")
    assert not ContactPreference.objects.filter(pk=shade.pk).exists()
    contact_preferences.unmerge((ada.pk, shade.pk), moved[shade.pk])
    ours, theirs = queries.contact_preference(ada.pk), queries.contact_preference(shade.pk)
    assert (ours.messages, ours.paused_until, theirs.messages, theirs.paused_until) == (2, None, 1, LATER)


def test_what_was_chosen_since_the_merge_stays_with_the_survivor(person: Any) -> None:
    ada, shade = person(), person()
    choose(shade, messages=1, days=7)
    moved = contact_preferences.merge([(ada.pk, shade.pk)])
    choose(ada, messages=4, days=30)
    contact_preferences.unmerge((ada.pk, shade.pk), moved[shade.pk])
    assert queries.frequency_limits([ada.pk, shade.pk]) == {ada.pk: (4, 30), shade.pk: (1, 7)}


def test_it_is_handed_out_and_forgotten(person: Any) -> None:
    ada = person()
    choose(ada, messages=1, days=7, language="de")
    assert personal_data.export([ada.pk])["contact_preferences"][0]["language"] == "de"
    assert personal_data.erase([ada.pk])["governance.ContactPreference"] == 1
