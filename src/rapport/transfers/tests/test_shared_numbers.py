"""A number that two share makes nobody's data anybody else's: it is said, and left to be compared."""

from __future__ import annotations

import pytest

from rapport.people.models import Person
from rapport.people.queries import find
from rapport.people.registry import COMPUTED_TRAITS, ComputedTraits
from rapport.people.services import definitions

pytestmark = pytest.mark.postgres
SHARED = "+442079460001"
FILE = f"email,phone,first_name\nbob@example.org,{SHARED},Bob\n"


@pytest.fixture
def ann(person):
    return person(email="ann@example.org", phone=SHARED, first_name="Ann")


def test_a_row_with_another_address_is_somebody_else(bring, actor, ann):
    checked, done = bring(FILE, step="check"), bring(FILE)
    ann.refresh_from_db()
    bob = find(actor, "email:bob@example.org")
    assert (ann.traits["first_name"], ann.email, bob.traits["first_name"]) == (
        "Ann",
        "ann@example.org",
        "Bob",
    )
    assert bob != ann == find(actor, f"phone:{SHARED}")
    assert done.counts["created"] == checked.report["counts"]["created"] == 1
    assert done.counts["cells"] == {"phone": {"contested": 1}}


def test_two_rows_of_one_file_that_share_a_number_are_two_people(bring, actor, db):
    text = FILE + f"cid@example.org,{SHARED},Cid\n"
    checked, done = bring(text, step="check"), bring(text)
    assert done.counts["created"] == checked.report["counts"]["created"] == 2
    assert find(actor, f"phone:{SHARED}").traits["first_name"] == "Bob"
    assert Person.objects.count() == 2


@pytest.mark.parametrize("is_stored", [False, True])
def test_an_address_shared_by_two_user_ids_is_two_people_in_the_dry_run_too(bring, actor, person, is_stored):
    """The dry run showed Ann's name becoming Bob's; the run made Bob, and did not say that the address stayed Ann's."""
    header, ann = "email,user_id,first_name\n", "home@example.org,u-1,Ann\n"
    if is_stored:
        person(email="home@example.org", user_id="u-1", first_name="Ann")
    text = header + ("" if is_stored else ann) + "home@example.org,u-2,Bob\n"
    checked, done = bring(text, step="check"), bring(text)
    rows = 1 if is_stored else 2
    expected = {"created": rows, "updated": 0, "duplicates": 0, "cells": {"email": {"contested_id": 1}}}
    for counts in (checked.report["counts"], done.counts):
        assert {name: counts[name] for name in expected} == expected
    names = [find(actor, f"user_id:u-{number}").traits["first_name"] for number in (1, 2)]
    assert names == ["Ann", "Bob"]
    assert find(actor, "email:home@example.org") == find(actor, "user_id:u-1")


def test_a_new_user_id_completes_whom_the_address_names(bring, actor, db):
    bring("email\nmia@example.org\n")
    bring("email,user_id\nmia@example.org,u-9\n")
    assert find(actor, "user_id:u-9") == find(actor, "email:mia@example.org")


def test_two_known_people_are_not_joined_by_a_number(bring, actor, ann, person):
    bob = person(email="bob@example.org", first_name="Robert")
    bring(FILE, ambiguous="merge")
    ann.refresh_from_db()
    assert (find(actor, "email:bob@example.org"), ann.merged_into_id) == (bob, None)
    assert ann.traits["first_name"] == "Ann"


def test_a_row_with_a_number_alone_is_still_whose_it_is(bring, actor, ann):
    bring(f"phone,plan\n{SHARED},gold\n")
    ann.refresh_from_db()
    assert ann.traits["plan"] == "gold"


def test_a_computed_trait_is_written_by_no_file(bring, ann):
    with COMPUTED_TRAITS.temporarily(ComputedTraits("test", lambda: ["orders"], dict)):
        definitions.touch()
        done = bring("email,orders\nann@example.org,99\n")
    ann.refresh_from_db()
    assert ("orders" in ann.traits, list(done.counts["cells"])) == (False, ["orders"])
