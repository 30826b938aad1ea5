"""Taking imports back: what they said goes, what others said stays, and what stood before comes back."""

from __future__ import annotations

import io

import pytest
from django.db import transaction

from rapport.core import access
from rapport.core.clock import SYSTEM
from rapport.core.jobs import run_due
from rapport.governance.models import Consent
from rapport.governance.services import consent
from rapport.people.models import Identifier, Person, RejectedFact
from rapport.people.queries import find
from rapport.people.services import merging
from rapport.people.services.profile import set_traits
from rapport.transfers.imports.services import parsing, steps, uploads

CONSENT = "consent.newsletter.email.state,consent.newsletter.email.at,consent.newsletter.email.wording"
WHO = "email:a@example.org"


class Importing:
    """Brings files in and takes them back, as one user."""

    def __init__(self, actor):
        self.actor = actor

    def bring(self, text, name="people.csv", columns=None, **rules):
        [run] = uploads.upload(actor=self.actor, stream=io.BytesIO(text.encode()), name=name)
        mapping = run.mapping | rules
        for index, column in (columns or {}).items():
            mapping["columns"][index] = column
        uploads.set_mapping(actor=self.actor, run=run, mapping=mapping)
        return self._do(run, "start")

    def revert(self, run):
        return self._do(run, "revert")

    def city(self):
        return find(self.actor, WHO).traits.get("city")

    def by_hand(self, city):
        person = find(self.actor, WHO)
        set_traits(actor=self.actor, person_id=person.pk, traits={"city": city}, source="by hand: Ada")

    def _do(self, run, what):
        steps.take(actor=self.actor, run=run, step=what)
        run_due("imports")
        run.refresh_from_db()
        return run


@pytest.fixture
def importing(user):
    return Importing(access.for_user(user))


def city(name):
    return f"email,city\na@example.org,{name}\n"


def test_what_was_said_by_hand_before_stands_again(importing):
    importing.bring("email\na@example.org\n")
    importing.by_hand("York")
    done = importing.bring(city("Leeds"))
    assert importing.city() == "Leeds"
    assert importing.revert(done).report["revert"] == {"removed": 0, "restored": 1, "kept": 0}
    assert importing.city() == "York"


def test_what_was_said_by_hand_since_stays(importing):
    done = importing.bring(city("Leeds"))
    importing.by_hand("York")
    importing.revert(done)
    assert importing.city() == "York"


def test_a_later_import_stays_when_an_earlier_one_goes(importing):
    first = importing.bring(city("Leeds"))
    importing.bring(city("Hull"), name="later.csv")
    importing.revert(first)
    assert importing.city() == "Hull"


def test_a_later_import_does_not_bring_back_what_was_taken_back(importing):
    importing.bring("email\na@example.org\n")
    importing.by_hand("York")
    first, second = importing.bring(city("Leeds")), importing.bring(city("Hull"), name="later.csv")
    importing.revert(first)
    importing.revert(second)
    assert importing.city() == "York"


def test_an_import_before_both_is_what_stands_when_both_are_taken_back(importing):
    importing.bring(city("York"), name="first.csv")
    second, third = importing.bring(city("Leeds")), importing.bring(city("Hull"), name="later.csv")
    importing.revert(second)
    importing.revert(third)
    assert importing.city() == "York"


def test_two_rows_of_one_person_are_both_taken_back(importing):
    importing.bring(city("York"), name="first.csv")
    done = importing.bring("email,city\na@example.org,Leeds\na@example.org,Hull\n")
    importing.revert(done)
    assert importing.city() == "York"


def test_taken_back_and_imported_again_everybody_is_there_again(importing):
    text = "email,city,created_at\na@example.org,Leeds,2024-05-01\n"
    importing.revert(importing.bring(text))
    assert find(importing.actor, WHO) is None
    importing.bring(text)
    person = find(importing.actor, WHO)
    assert (importing.city(), person.first_seen_at.year) == ("Leeds", 2024)


def test_the_date_somebody_is_known_since_moves_back_and_forth(importing):
    importing.bring("email,created_at\na@example.org,2025-05-01\n")
    text = "email,created_at\na@example.org,2024-05-01\n"
    for _again in range(2):
        done = importing.bring(text)
        assert find(importing.actor, WHO).first_seen_at.year == 2024
        importing.revert(done)
        assert find(importing.actor, WHO).first_seen_at.year == 2025


def test_somebody_heard_of_earlier_still_since_keeps_that_date(importing):
    importing.bring("email,created_at\na@example.org,2025-05-01\n")
    done = importing.bring("email,created_at\na@example.org,2024-05-01\n")
    Person.objects.update(first_seen_at="2023-01-01T00:00:00Z")
    importing.revert(done)
    assert find(importing.actor, WHO).first_seen_at.year == 2023


def test_a_consent_given_in_one_chunk_and_withdrawn_in_another_is_taken_back_altogether(
    importing, monkeypatch
):
    monkeypatch.setattr(parsing, "CHUNK", 1)
    importing.bring("email\na@example.org\n", name="first.csv")
    lines = ["a@example.org,granted,2026-01-05,Yes", "a@example.org,withdrawn,2026-01-06,No"]
    importing.revert(importing.bring(f"email,{CONSENT}\n" + "\n".join(lines) + "\n"))
    assert Consent.objects.get().state == "withdrawn"


def test_a_consent_withdrawn_by_a_later_chunk_stands_as_before_the_import(importing, monkeypatch):
    monkeypatch.setattr(parsing, "CHUNK", 1)
    importing.bring(f"email,{CONSENT}\na@example.org,granted,2025-01-05,Yes\n", name="first.csv")
    lines = ["a@example.org,withdrawn,2026-01-05,No", "a@example.org,withdrawn,2026-01-06,No"]
    importing.revert(importing.bring(f"email,{CONSENT}\n" + "\n".join(lines) + "\n"))
    assert Consent.objects.get().state == "granted"


def test_a_new_person_who_has_agreed_to_something_since_stays(importing):
    done = importing.bring(city("Leeds"))
    person = find(importing.actor, WHO)
    consent.record(
        actor=importing.actor, person_id=person.pk, purpose="newsletter", channel="email", state="granted",
        at=SYSTEM.now(), source="form",
    )  # fmt: skip
    assert importing.revert(done).report["revert"]["kept"] == 1
    assert find(importing.actor, WHO).traits == {}


def test_a_new_person_whom_another_file_of_the_same_name_brought_too_stays(importing):
    done = importing.bring("email\na@example.org\n")
    importing.bring("email,customer_id\na@example.org,c-1\n")
    importing.revert(done)
    kept = Identifier.objects.filter(person=find(importing.actor, "user_id:c-1"))
    assert set(kept.values_list("type", flat=True)) == {"email", "user_id"}


def test_an_identifier_that_the_file_linked_to_somebody_known_goes(importing):
    importing.bring("email\na@example.org\n", name="first.csv")
    importing.revert(importing.bring("email,customer_id\na@example.org,c-1\n"))
    assert list(Identifier.objects.values_list("type", flat=True)) == ["email"]


def test_people_whom_the_file_joined_are_two_again(importing):
    importing.bring("email,customer_id\na@example.org,\n,c-1\n", name="first.csv")
    done = importing.bring("email,customer_id\na@example.org,c-1\n", ambiguous="merge")
    assert find(importing.actor, WHO) == find(importing.actor, "user_id:c-1")
    importing.revert(done)
    assert find(importing.actor, WHO) != find(importing.actor, "user_id:c-1")


def test_values_that_were_set_aside_are_forgotten(importing):
    columns = {1: {"to": "trait", "key": "age", "type": "text"}}
    done = importing.bring("email,years\na@example.org,old\n", columns=columns)
    assert RejectedFact.objects.count() == 1
    importing.revert(done)
    assert not RejectedFact.objects.exists()


def test_the_history_tells_that_the_value_went_back(importing, live):
    from rapport.core import clickhouse

    importing.bring(city("York"), name="first.csv")
    importing.revert(importing.bring(city("Leeds")))
    live.settle()
    [line] = clickhouse.rows(
        "SELECT old, new FROM trait_history WHERE trait = 'city' AND startsWith(source, 'reverted')"
    )
    assert (line["old"], line["new"]) == ('"Leeds"', '"York"')


@pytest.mark.django_db(transaction=True)
def test_a_revert_that_meets_a_merge_takes_back_what_came_to_the_survivor(importing, user, person, beside):
    kept = person(email="kept@example.org")
    run = importing.bring(city("York"))
    imported = find(importing.actor, WHO)
    with transaction.atomic():
        merging.merge_people(
            actor=importing.actor, survivor_id=kept.pk, absorbed_id=imported.pk, rule="by hand"
        )
        other = beside(lambda: importing.revert(run))
        assert other.waits_for_a_lock()
    assert other.outcome().state == "reverted"
    kept.refresh_from_db()
    assert "city" not in kept.traits
