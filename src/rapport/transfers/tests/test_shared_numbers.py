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
