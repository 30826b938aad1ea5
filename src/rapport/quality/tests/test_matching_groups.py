"""What a search is sure of, merged in groups."""

from __future__ import annotations

import itertools

import pytest

from rapport.core.access import system
from rapport.core.clock import SYSTEM
from rapport.core.models import AuditEntry
from rapport.people.models import Merge, Person
from rapport.people.services.merging import keep_apart
from rapport.quality.matching.services import applying, decisions
from rapport.quality.models import MatchCandidate, MatchDecision, MatchRun

pytestmark = pytest.mark.postgres

ACTOR = system("search")


@pytest.fixture
def run(db):
    return MatchRun.objects.create(
        kind="person", requested_at=SYSTEM.now(), auto_at=0.95, review_at=0.5, merges_itself=True
    )


@pytest.fixture
def group(person, run):
    """`group(3)`: so many persons, each pair of them proposed."""

    def make(size):
        ids = sorted(person(name="Ada Byron", city=f"Town {number}").pk for number in range(size))
        for first, second in itertools.combinations(ids, 2):
            MatchCandidate.objects.create(
                run=run, kind="person", one_id=first, other_id=second, probability=0.99, weight=7.0
            )
        return ids

    return make


def _merge(run, *groups):
    return applying._merge(run, [set(ids) for ids in groups], lambda share: None, SYSTEM)


def _standing():
    return set(Person.objects.filter(merged_into=None).values_list("pk", flat=True))


def test_each_group_becomes_one_person(run, group):
    groups = [group(3), group(2), group(4)]
    assert _merge(run, *groups) == 6
    assert [len(_standing() & set(ids)) for ids in groups] == [1, 1, 1]


def test_each_merge_is_journalled_decided_and_on_record(run, group):
    _merge(run, group(3), group(2))
    assert set(Merge.objects.values_list("rule", flat=True)) == {"likeness"}
    assert MatchDecision.objects.filter(automatic=True, verdict="merged").count() == 3
    merge_ids = set(MatchDecision.objects.values_list("merge_id", flat=True))
    assert merge_ids == set(Merge.objects.values_list("pk", flat=True))
    lines = AuditEntry.objects.filter(action__in=("person.merged", "matching.merged"))
    assert sorted(lines.values_list("action", flat=True)) == ["matching.merged"] * 3 + ["person.merged"] * 3


def test_the_best_known_survives_and_holds_the_identifiers_of_all(run, group, live):
    ids = group(3)
    user = Person.objects.get(pk=ids[2]).identifiers.get(type="user_id").value
    live.ingest([{"type": "identify", "userId": user, "traits": {"email": "ada@example.org"}}])
    _merge(run, ids)
    assert _standing() == {ids[2]}
    assert Person.objects.get(pk=ids[2]).identifiers.filter(type="user_id").count() == 3


def test_a_group_with_somebody_kept_apart_is_merged_without_him(run, group, actor):
    ids, others = group(3), group(2)
    keep_apart(actor=actor, first_id=ids[0], other_id=ids[1])
    assert _merge(run, ids, others) == 2
    assert len(_standing() & set(ids)) == 2
    assert len(_standing() & set(others)) == 1


@pytest.mark.parametrize("state", ["erased_at", "merged_into"])
def test_somebody_who_is_gone_meanwhile_keeps_nobody_else(run, group, person, state):
    ids, value = group(3), SYSTEM.now()
    if state == "merged_into":
        value = person(name="Grace")
    Person.objects.filter(pk=ids[0]).update(**{state: value})
    _merge(run, ids)
    assert Person.objects.get(pk=ids[1]).merged_into_id or Person.objects.get(pk=ids[2]).merged_into_id


def test_a_decided_pair_is_left_as_it_is(run, group, actor):
    first, second = group(2)
    pair = MatchCandidate.objects.get(one_id=first, other_id=second)
    decisions.decide(actor=actor, candidate=pair, verdict="later")
    assert _merge(run, [first, second]) == 0
    assert _standing() == {first, second}


def test_each_merge_of_a_group_can_be_taken_back(run, group, actor):
    ids = group(3)
    _merge(run, ids)
    for decision in MatchDecision.objects.filter(automatic=True).order_by("-pk"):
        decisions.undo_decision(actor=actor, decision=decision)
    assert _standing() == set(ids)
    assert {Person.objects.get(pk=id_).traits["city"] for id_ in ids} == {"Town 0", "Town 1", "Town 2"}


def test_merging_twice_as_many_groups_asks_the_database_as_often(run, group):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    few, many = [group(2)], [group(2) for _ in range(8)]
    counts = []
    for groups in (few, many):
        with CaptureQueriesContext(connection) as seen:
            _merge(run, *groups)
        counts.append(len(seen))
    assert counts[0] == counts[1]
