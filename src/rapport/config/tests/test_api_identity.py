"""Merging, keeping apart and the rules of identity over REST."""

import pytest

from rapport.people import identity_types
from rapport.people.models import IdentifierType


@pytest.fixture
def two(person):
    return person(email="ann@example.org"), person(email="anna@example.org")


def test_a_merge_is_made_listed_previewed_and_undone(api, two):
    ann, anna = two
    _status, merge = api("POST", f"/people/{ann.pk}/merges", {"absorbed_id": str(anna.pk)})
    undoing = f"/people/{ann.pk}/merges/{merge['id']}/undoing"
    _status, sides = api("GET", undoing)
    assert [side["person_id"] for side in sides] == [str(ann.pk), str(anna.pk)]
    assert api("POST", undoing, {})[0] == 201
    assert api("POST", undoing, {})[0] == 409
    assert api("GET", f"/people/{ann.pk}/merges")[1]["data"][0]["undone_at"]


def test_people_kept_apart_are_not_merged_until_it_is_allowed(api, two):
    ann, anna = two
    api("POST", f"/people/{ann.pk}/apart", {"other_id": str(anna.pk), "reason": "sisters"})
    assert api("GET", f"/people/{anna.pk}/apart")[1][0]["reason"] == "sisters"
    assert api("POST", f"/people/{ann.pk}/merges", {"absorbed_id": str(anna.pk)})[0] == 409
    assert api("DELETE", f"/people/{ann.pk}/apart/{anna.pk}")[0] == 204
    assert api("POST", f"/people/{ann.pk}/merges", {"absorbed_id": str(anna.pk)})[0] == 201


def test_a_viewer_merges_nobody(api_as, two):
    ann, anna = two
    assert api_as("viewer")("POST", f"/people/{ann.pk}/merges", {"absorbed_id": str(anna.pk)})[0] == 403
    assert api_as("viewer")("PUT", "/identifier-types/till_id", {"label": "Till"})[0] == 403


def test_a_type_is_added_used_and_removed(api, two):
    assert api("PUT", "/identifier-types/till_id", {"label": "Till", "most": 1})[0] == 200
    identity_types.refresh(now=True)
    body = {"identifiers": {"till_id": "T-7", "email": "ann@example.org"}}
    _status, trial = api("POST", "/identity-trials", body)
    assert trial["person_id"] == str(two[0].pk)
    assert api("DELETE", "/identifier-types/till_id")[0] == 204
    IdentifierType.objects.all().delete()
    identity_types.refresh(now=True)
