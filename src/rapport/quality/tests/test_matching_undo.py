"""An undo holds: whoever it parted is not joined again by a rule, whichever of them it meets."""

from __future__ import annotations

import itertools

import pytest

from rapport.core import jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.people.models import Company, CompanyMerge, Merge, NotSame, Person
from rapport.people.services import company_merging
from rapport.people.services.unmerging import undo_merge
from rapport.quality.matching import queries
from rapport.quality.matching.services import applying, decisions, policy
from rapport.quality.models import MatchCandidate, MatchDecision, MatchPolicy, MatchRun
from rapport.quality.tests.test_matching import NOON, QUEUE


@pytest.fixture
def run(db):
    return MatchRun.objects.create(
        kind="person",
        outcome="done",
        requested_at=SYSTEM.now(),
        auto_at=0.95,
        review_at=0.3,
        merges_itself=True,
    )


def _guests(live, number):
    """So many records of one person, without a customer number."""
    traits = {"name": "Ada Byron", "birthday": "1990-03-04", "postcode": "SW1A 1AA", "city": "London"}
    for place in range(number):
        own = {"email": f"ada.byron{place}@example{place}.org"}
        live.ingest([{"type": "identify", "anonymousId": f"a{place}", "traits": traits | own}])
    return sorted(Person.objects.values_list("pk", flat=True))


def _group(run, ids):
    for first, second in itertools.combinations(ids, 2):
        MatchCandidate.objects.create(
            run=run, kind="person", one_id=first, other_id=second, probability=0.99, weight=7.0
        )


def _search_again(actor):
    clock = VirtualClock(NOON)
    MatchPolicy.objects.update_or_create(kind="person", defaults={"merges_itself": True, "auto_at": 0.5})
    first = policy.request_run(actor=actor, kind="person", clock=clock)
    assert jobs.run_once(clock, QUEUE)
    Person.objects.update(updated_at=NOON.replace(year=2031))
    second = policy.request_run(actor=actor, kind="person", full=False, clock=clock)
    assert jobs.run_once(clock, QUEUE)
    first.refresh_from_db()
    second.refresh_from_db()
    return first, second


def _standing():
    return Person.objects.filter(merged_into=None).count()


def test_members_that_were_absorbed_are_not_joined_with_each_other(live, actor, run):
    ids = _guests(live, 4)
    _group(run, ids)
    assert applying._merge(run, [set(ids)], lambda share: None, SYSTEM) == 3
    for merge in Merge.objects.order_by("-pk"):
        undo_merge(actor=actor, merge=merge)
    lines = {frozenset(pair) for pair in NotSame.objects.values_list("first_id", "other_id")}
    assert lines == {frozenset(pair) for pair in itertools.combinations(ids, 2)}
    _full, changed = _search_again(actor)
    assert (changed.merged, changed.proposed, _standing()) == (0, 0, 4)


def test_pairs_whose_decision_was_undone_are_for_people_only(live, actor, run):
    ids = _guests(live, 4)
    _group(run, ids)
    applying._merge(run, [set(ids)], lambda share: None, SYSTEM)
    for decision in MatchDecision.objects.filter(automatic=True).order_by("pk"):
        decisions.undo_decision(actor=actor, decision=decision)
    full, changed = _search_again(actor)
    assert (changed.merged, _standing(), full.proposed >= 3) == (0, 4, True)
    pair = queries.waiting(actor, "person", lowest=0.3).first()
    decisions.decide(actor=actor, candidate=pair, verdict="merged")
    assert _standing() == 3


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_an_undo_in_any_order_parts_every_pair(live, actor, run, order):
    ids = _guests(live, 4)
    _group(run, ids)
    applying._merge(run, [set(ids)], lambda share: None, SYSTEM)
    merges = list(Merge.objects.order_by("pk"))
    for place in order:
        undo_merge(actor=actor, merge=Merge.objects.get(pk=merges[place].pk))
    from rapport.people.queries import apart_among

    assert apart_among(ids) == set(itertools.permutations(ids, 2))


def test_who_was_parted_is_not_merged_in_the_same_search_either(live, actor, run):
    ids = _guests(live, 3)
    _group(run, ids)
    applying._merge(run, [set(ids)], lambda share: None, SYSTEM)
    for decision in MatchDecision.objects.order_by("-pk"):
        decisions.undo_decision(actor=actor, decision=decision)
    assert applying._merge(run, [set(ids)], lambda share: None, SYSTEM) == 0


def test_companies_parted_by_undoing_are_for_people_only(live, actor):
    for number in range(3):
        traits = {"name": "Acme Tools Ltd", "website": "https://acme.example", "city": "Leeds"}
        live.ingest([{"type": "group", "userId": f"u{number}", "groupId": f"g{number}", "traits": traits}])
    ids = sorted(Company.objects.values_list("pk", flat=True))
    for other in ids[1:]:
        company_merging.merge_companies(actor=actor, survivor_id=ids[0], absorbed_id=other)
    for merge in CompanyMerge.objects.order_by("-pk"):
        company_merging.undo_company_merge(actor=actor, merge=merge)
    clock = VirtualClock(NOON)
    MatchPolicy.objects.create(kind="company", merges_itself=True, auto_at=0.5)
    policy.request_run(actor=actor, kind="company", clock=clock)
    assert jobs.run_once(clock, QUEUE)
    Company.objects.update(updated_at=NOON.replace(year=2031))
    run = policy.request_run(actor=actor, kind="company", full=False, clock=clock)
    assert jobs.run_once(clock, QUEUE)
    run.refresh_from_db()
    assert (run.merged, run.proposed > 0) == (0, True)
