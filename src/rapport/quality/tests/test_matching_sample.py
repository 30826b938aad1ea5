"""Nothing is merged without asking before somebody judged a sample and saw what it says."""

from __future__ import annotations

import pytest

from rapport.core.clock import SYSTEM
from rapport.core.models import AuditEntry
from rapport.people.models import Person
from rapport.quality.matching import queries
from rapport.quality.matching.services import decisions, policy, sampling
from rapport.quality.models import MatchCandidate, MatchPolicy, MatchRun, MatchSample


@pytest.fixture
def pairs(person, actor):
    """Twenty-two undecided pairs: most above 99 %, two of 92 %, one of them a contradiction."""
    run = MatchRun.objects.create(
        kind="person", requested_at=SYSTEM.now(), auto_at=0.95, review_at=0.3, merges_itself=False
    )
    rows = []
    for number in range(23):
        ids = sorted(person(name=f"Ada {number}").pk for _ in range(2))
        likely = 0.995 if number < 21 else 0.92
        rows.append(
            MatchCandidate.objects.create(
                run=run,
                kind="person",
                one_id=ids[0],
                other_id=ids[1],
                probability=likely,
                weight=7.0,
                contradicts=number == 22,
            )
        )
    return rows


SETTINGS = {"kind": "person", "review_at": 0.3, "nightly": True, "nightly_hour": 2}


def _judge(actor, wrong=0, skip=0, most=99):
    sample = queries.sample_of("person")
    for place, pk in enumerate(queries.sampled_ids(sample)[skip:most]):
        verdict = "apart" if place < wrong else "merged"
        decisions.decide(actor=actor, candidate=MatchCandidate.objects.get(pk=pk), verdict=verdict)


def test_a_new_installation_merges_nothing_without_asking(db):
    assert policy.policy_of("person").merges_itself is False
    assert MatchPolicy(kind="company").merges_itself is False


def test_it_cannot_be_switched_on_unseen(pairs, actor):
    with pytest.raises(policy.NotSampled):
        policy.set_policy(actor=actor, auto_at=0.95, merges_itself=True, **SETTINGS)
    sampling.draw(actor=actor, kind="person", seed=1)
    with pytest.raises(policy.NotSampled):
        policy.set_policy(actor=actor, auto_at=0.95, merges_itself=True, **SETTINGS)


def test_a_sample_is_drawn_by_band_and_leaves_contradictions_out(pairs, actor):
    sample = sampling.draw(actor=actor, kind="person", seed=1)
    sizes = {band["lowest"]: (band["pairs"], len(band["drawn"])) for band in sample.bands}
    assert sizes == {0.99: (21, 21), 0.95: (0, 0), 0.9: (1, 1), 0.8: (0, 0), 0.5: (0, 0)}


def test_once_judged_it_can_be_switched_on_from_where_the_sample_speaks(pairs, actor):
    sampling.draw(actor=actor, kind="person", seed=1)
    _judge(actor, most=15)
    with pytest.raises(policy.NotSampled):  # fifteen of twenty-one is not enough to judge by
        policy.set_policy(actor=actor, auto_at=0.95, merges_itself=True, **SETTINGS)
    _judge(actor, skip=15, most=21)
    policy.set_policy(actor=actor, auto_at=0.95, merges_itself=True, **SETTINGS)
    line = AuditEntry.objects.filter(action="matching.policy_set").latest("pk")
    assert line.data["precision"] == 1.0
    policy.set_policy(actor=actor, auto_at=0.98, merges_itself=True, **SETTINGS)
    with pytest.raises(policy.NotSampled):
        policy.set_policy(
            actor=actor, auto_at=0.9, merges_itself=True, **SETTINGS
        )  # of that band none was judged


def test_mistakes_lower_the_estimate(pairs, actor):
    sampling.draw(actor=actor, kind="person", seed=1)
    _judge(actor, wrong=3)
    estimate = queries.precision_from(queries.sample_of("person"), 0.95)
    assert estimate.share == pytest.approx(18 / 21)
    assert (estimate.lower, estimate.pairs) == (estimate.share, 21)  # all were judged


def test_a_sample_of_nothing_is_refused(db, actor):
    with pytest.raises(ValueError, match="Search for duplicates first"):
        sampling.draw(actor=actor, kind="person")


def test_the_pages_lead_from_drawing_to_switching_on(pairs, page, actor):
    assert "No sample yet" in page.get("/duplicates/sample/?kind=person").content.decode()
    page.post("/duplicates/sample/", {"kind": "person"})
    assert MatchSample.objects.count() == 1
    html = page.get("/duplicates/sample/?kind=person").content.decode()
    assert "0 of 22 pairs judged" in html
    assert "Pair 1 of 22" in page.get("/duplicates/?kind=person&sample=1").content.decode()
    page.post("/duplicates/sample/switch/", {"kind": "person", "merges_itself": "1", "auto_at": "95"})
    assert policy.policy_of("person").merges_itself is False
    _judge(actor)
    page.post("/duplicates/sample/switch/", {"kind": "person", "merges_itself": "1", "auto_at": "95"})
    assert policy.policy_of("person").merges_itself is True
    page.post("/duplicates/sample/switch/", {"kind": "person", "merges_itself": "0"})
    assert policy.policy_of("person").merges_itself is False


def test_accepting_many_leaves_contradictions(pairs, page):
    page.post(
        "/duplicates/many/",
        {"kind": "person", "pair": list(MatchCandidate.objects.values_list("pk", flat=True))},
    )
    assert Person.objects.filter(merged_into=None).count() == 46 - 22
