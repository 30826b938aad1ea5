"""Imports: from a file to people, checked, run, interrupted, run again and taken back."""

from __future__ import annotations

import pytest

from rapport.core import access
from rapport.core.jobs import run_due
from rapport.people.models import Person, RejectedFact
from rapport.people.queries import find
from rapport.transfers import personal_data
from rapport.transfers.imports.services import steps

pytestmark = pytest.mark.postgres

HEADER = "email,customer_id,first_name,country\n"


def table(count, start=1):
    return HEADER + "".join(f"p{n}@example.org,c-{n},Name {n},GB\n" for n in range(start, start + count))


def test_rows_become_people_with_identifiers_and_traits(bring, actor):
    run = bring(table(3))
    person = find(actor, "email:p2@example.org")
    assert (run.state, run.counts["created"]) == ("done", 3)
    assert (person.name, person.traits["country"]) == ("Name 2", "GB")
    assert set(person.identifiers.values_list("type", flat=True)) == {"email", "user_id"}


def test_the_same_file_again_changes_nothing(bring):
    bring(table(3))
    again = bring(table(3))
    assert (again.counts["unchanged"], again.counts["created"], again.counts["updated"]) == (3, 0, 0)
    assert Person.objects.count() == 3


def test_the_dry_run_foretells_the_run_and_writes_nothing(bring):
    bring(table(2))
    text = (
        table(4).replace("Name 2", "New name")
        + "p9@example.org,c-1,X,GB\nnot-an-address,,Y,GB\np3@example.org,,Z,GB\n"
    )
    checked = bring(text, step="check")
    assert Person.objects.count() == 2
    done = bring(text)
    foretold = checked.report["counts"]
    names = ("created", "updated", "unchanged", "rejected", "duplicates", "traits")
    assert {n: foretold[n] for n in names} == {n: done.counts[n] for n in names}


def test_a_known_person_is_updated_and_nothing_else_is_lost(bring, actor):
    bring(table(1))
    done = bring("email,city\nP1@Example.org,Leeds\n")
    person = find(actor, "email:p1@example.org")
    assert (done.counts["updated"], person.traits["city"], person.traits["first_name"]) == (
        1,
        "Leeds",
        "Name 1",
    )


@pytest.mark.parametrize(
    ("policy", "kept"),
    [("overwrite", "New"), ("fill", "Name 1"), ("create", "Name 1"), ("update", "New")],
)
def test_the_policy_decides_whose_value_stays(bring, actor, policy, kept):
    bring(table(1))
    bring("email,first_name\np1@example.org,New\n", policy=policy)
    assert find(actor, "email:p1@example.org").traits["first_name"] == kept


def test_update_only_adds_nobody(bring):
    done = bring(table(2), policy="update")
    assert (done.counts["skipped"], Person.objects.count()) == (2, 0)


def test_the_newer_row_wins_by_its_own_date(bring, actor):
    text = "email,city,updated_at\na@example.org,{},{}\n"
    bring(text.format("Leeds", "2026-03-01"), policy="newer")
    bring(text.format("York", "2026-02-01"), policy="newer")
    assert find(actor, "email:a@example.org").traits["city"] == "Leeds"


def test_a_row_of_two_people_is_left_out_and_explained(bring):
    bring(table(2))
    done = bring("email,customer_id\np1@example.org,c-2\n")
    assert (done.counts["ambiguous"], done.counts["rejected"]) == (1, 1)
    assert "2 different people" in done.chunks.get().problems[0][2]


def test_reverting_removes_who_came_and_restores_what_was(bring, actor, user):
    bring(table(1))
    done = bring(table(2).replace("Name 1", "Changed"))
    steps.take(actor=access.for_user(user), run=done, step="revert")
    run_due("imports")
    assert find(actor, "email:p2@example.org") is None
    assert find(actor, "email:p1@example.org").traits["first_name"] == "Name 1"


def test_reverting_keeps_a_new_person_of_whom_more_was_heard(bring, actor, user, live):
    done = bring(table(1))
    live.ingest([{"type": "identify", "userId": "c-1", "traits": {"city": "York"}, "messageId": "later"}])
    steps.take(actor=access.for_user(user), run=done, step="revert")
    run_due("imports")
    person = find(actor, "user_id:c-1")
    assert person.traits == {"city": "York"}


def test_reverting_removes_people_of_whom_only_rapport_itself_said_more(bring, actor, user):
    done = bring(table(1))
    fact = {"at": "2030-01-01T00:00:00+00:00", "source": "lifecycle", "message_id": ""}
    person = find(actor, "user_id:c-1")
    person.traits["lifecycle_stage"], person.trait_facts["lifecycle_stage"] = "lead", fact
    person.save()
    steps.take(actor=access.for_user(user), run=done, step="revert")
    run_due("imports")
    done.refresh_from_db()
    assert (done.report["revert"]["removed"], find(actor, "user_id:c-1")) == (1, None)


def test_imported_people_reach_the_store_and_their_timelines(bring, live, actor):
    from rapport.core import clickhouse

    bring(table(2))
    live.settle()
    assert clickhouse.scalar("SELECT count() FROM people FINAL WHERE deleted = 0") == 2
    rows = clickhouse.rows(
        "SELECT toString(properties.file) AS file FROM events WHERE event = 'Profile Imported'"
    )
    assert [row["file"] for row in rows] == ["people.csv"] * 2


FIRST_NAME = {1: {"to": "trait", "key": "firstName", "type": "text"}}


def test_a_column_by_another_name_of_a_trait_is_reverted(bring, actor, user):
    bring(table(1))
    done = bring("email,given\np1@example.org,Changed\n", columns=FIRST_NAME)
    assert find(actor, "email:p1@example.org").traits["first_name"] == "Changed"
    steps.take(actor=access.for_user(user), run=done, step="revert")
    run_due("imports")
    assert find(actor, "email:p1@example.org").traits["first_name"] == "Name 1"


def test_the_dry_run_knows_names_and_types_of_traits_as_the_run_does(bring):
    bring(table(1))
    ages = FIRST_NAME | {2: {"to": "trait", "key": "age", "type": "text"}}
    text = "email,given,years\np1@example.org,Name 1, 40 \np7@example.org,Seven,old\n"
    foretold = bring(text, step="check", columns=ages).report["counts"]
    done = bring(text, columns=ages)
    assert foretold["traits"] == done.counts["traits"] == {"age": 1, "email": 1, "first_name": 1}


def test_a_value_that_does_not_fit_is_set_aside_and_told(bring):
    done = bring(
        "email,years\np7@example.org,old\n", columns={1: {"to": "trait", "key": "age", "type": "text"}}
    )
    assert RejectedFact.objects.get().trait == "age"
    assert done.chunks.get().problems[0][:2] == [1, "cell:age"]


def test_erasure_takes_the_words_of_rejected_rows(bring, actor):
    bring(table(2))
    done = bring("email,customer_id\np1@example.org,c-2\n")
    assert "p1@example.org" in done.chunks.get().problems[0][2]
    personal_data.erase([find(actor, "email:p1@example.org").pk])
    done.refresh_from_db()
    assert "p1@example.org" not in str(done.chunks.get().problems)
    assert (done.report, done.file) == ({}, "")
