"""Likely duplicates over REST: listed, decided once, taken back, by those who may."""

from __future__ import annotations

import pytest

from rapport.core.clock import SYSTEM
from rapport.core.permissions import ROLES, grants_of_role
from rapport.people.models import Person
from rapport.quality.models import MatchCandidate, MatchRun

EVIDENCE = [
    {"field": "name", "level": "same", "weight": 9.5},
    {"field": "birth", "level": "else", "weight": -4},
]


@pytest.fixture
def pair(person):
    """`pair(0.9)` makes two people proposed as one."""
    run = MatchRun.objects.create(
        kind="person", requested_at=SYSTEM.now(), auto_at=0.95, review_at=0.5, merges_itself=False
    )

    def make(probability):
        ids = sorted(person(name="Ada Byron").pk for _ in range(2))
        return MatchCandidate.objects.create(
            run=run, kind="person", one_id=ids[0], other_id=ids[1], probability=probability, weight=3.2,
            evidence=EVIDENCE,
        )  # fmt: skip

    return make


def decision(candidate):
    return f"/match-candidates/{candidate.pk}/decision"


def listed(api, query=""):
    status, page = api("GET", f"/match-candidates{query}")
    assert status == 200
    return [row["id"] for row in page["data"]]


def test_pairs_come_likeliest_first_from_the_threshold_of_review(api, pair):
    low, high, unlikely = pair(0.6), pair(0.9), pair(0.25)
    assert listed(api) == [high.pk, low.pk]
    assert listed(api, "?lowest=0.2") == [high.pk, low.pk, unlikely.pk]
    assert listed(api, "?kind=company") == []


def test_pairs_are_paged_by_cursor(api, pair):
    pair_ids = [pair(probability).pk for probability in (0.9, 0.8, 0.8)]
    _status, first = api("GET", "/match-candidates?limit=2")
    _status, last = api("GET", f"/match-candidates?limit=2&cursor={first['next_cursor']}")
    assert [row["id"] for row in first["data"] + last["data"]] == pair_ids
    assert last["next_cursor"] is None


def test_a_pair_tells_why_but_no_values(api, pair):
    status, answer = api("GET", f"/match-candidates/{pair(0.9).pk}")
    assert (status, answer["evidence"], answer["probability"]) == (200, EVIDENCE, 0.9)


def test_a_merge_makes_two_people_one(api, pair):
    candidate = pair(0.9)
    status, answer = api(
        "POST", decision(candidate), {"verdict": "merged", "survivor_id": str(candidate.other_id)}
    )
    assert (status, answer["verdict"], answer["survivor_id"]) == (201, "merged", str(candidate.other_id))
    assert Person.objects.get(pk=candidate.one_id).merged_into_id == candidate.other_id
    assert listed(api) == []


def test_a_decided_pair_is_not_decided_again(api, pair):
    candidate = pair(0.9)
    api("POST", decision(candidate), {"verdict": "apart"})
    status, problem = api("POST", decision(candidate), {"verdict": "merged"})
    assert (status, "decided this pair already" in problem["detail"]) == (409, True)
    assert not Person.objects.exclude(merged_into=None).exists()


def test_a_decision_is_taken_back_once(api, pair):
    candidate = pair(0.9)
    api("POST", decision(candidate), {"verdict": "merged"})
    assert api("DELETE", decision(candidate))[0] == 204
    assert not Person.objects.exclude(merged_into=None).exists()
    assert listed(api) == [candidate.pk]
    assert api("DELETE", decision(candidate))[0] == 409


def test_a_pair_put_off_waits_among_the_later_ones(api, pair):
    candidate = pair(0.9)
    assert api("POST", decision(candidate), {"verdict": "later"})[0] == 201
    assert (listed(api), listed(api, "?later=true")) == ([], [candidate.pk])
    assert api("POST", decision(candidate), {"verdict": "apart"})[0] == 201


def test_only_one_of_the_two_can_survive(api, pair, person):
    candidate, third = pair(0.9), person(name="Grace")
    body = {"verdict": "merged", "survivor_id": str(third.pk)}
    assert api("POST", decision(candidate), body)[0] == 409
    assert listed(api) == [candidate.pk]


@pytest.mark.parametrize("body", [{}, {"verdict": "maybe"}, {"verdict": "apart", "survivor": "x"}])
def test_a_decision_must_be_one(api, pair, body):
    assert api("POST", decision(pair(0.9)), body)[0] == 422


@pytest.mark.parametrize("number", ["999999", "0", "9999999999999999999999"])
def test_a_pair_that_is_not_there_is_no_error_of_ours(api, pair, number):
    assert api("GET", f"/match-candidates/{number}")[0] in (404, 422)
    assert api("POST", f"/match-candidates/{number}/decision", {"verdict": "apart"})[0] in (404, 422)


@pytest.mark.parametrize("role", ROLES)
def test_reading_and_deciding_ask_for_their_permissions(api_as, pair, role):
    api, candidate = api_as(role), pair(0.9)
    sees, decides = (f"people.{verb}" in grants_of_role(role) for verb in ("view", "edit"))
    assert api("GET", "/match-candidates")[0] == (200 if sees else 403)
    assert api("GET", f"/match-candidates/{candidate.pk}")[0] == (200 if sees else 403)
    assert api("POST", decision(candidate), {"verdict": "later"})[0] == (201 if decides else 403)
    assert api("DELETE", decision(candidate))[0] == (204 if decides else 403)


@pytest.mark.parametrize("role", ROLES)
def test_a_search_is_asked_for_and_cancelled_by_who_may_edit(api_as, role):
    api, may = api_as(role), "people.edit" in grants_of_role(role)
    status, run = api("POST", "/match-runs", {"kind": "person"})
    assert status == (201 if may else 403)
    if may:
        assert api("POST", "/match-runs", {"kind": "person"})[0] == 409
        assert api("POST", f"/match-runs/{run['id']}/cancellation")[0] == 201
        assert api("POST", f"/match-runs/{run['id']}/cancellation")[0] == 409
        assert api("GET", f"/match-runs/{run['id']}")[1]["state"] == "cancelled"


def test_nobody_sees_pairs_without_a_key(api, pair):
    assert api("GET", f"/match-candidates/{pair(0.9).pk}", Authorization="")[0] == 401
