"""The search for duplicates as people use it: runs, review, decisions and taking them back."""

from __future__ import annotations

import datetime as dt
import subprocess

import pytest

from rapport.core import jobs
from rapport.core.clock import VirtualClock
from rapport.core.models import Job, User
from rapport.people.models import Merge, Person
from rapport.people.queries import find
from rapport.quality.matching import queries
from rapport.quality.matching.engine import process
from rapport.quality.matching.services import decisions, policy
from rapport.quality.models import MatchCandidate, MatchDecision, MatchPolicy, MatchRun

NIGHT = dt.datetime(2030, 1, 1, 2, 30, tzinfo=dt.UTC)
NOON = NIGHT.replace(hour=12)
QUEUE = "quality.matching"


@pytest.fixture
def twins(person):
    """Two records of the same person, and a stranger."""
    traits = {"name": "Ada Byron", "birthday": "1990-03-04", "postcode": "SW1A 1AA", "city": "London"}
    first = person(**traits, email="ada@example.org")
    other = person(**traits | {"name": "Ada Byrom"}, email="ada.b@example.net")
    person(name="Grace Hopper", birthday="1906-12-09", email="grace@example.com")
    return first, other


@pytest.fixture
def search(actor):
    def run(kind="person", **kwargs):
        clock = VirtualClock(NOON)
        match_run = policy.request_run(actor=actor, kind=kind, clock=clock, **kwargs)
        assert jobs.run_once(clock, QUEUE)
        match_run.refresh_from_db()
        return match_run

    return run


def _only():
    return MatchCandidate.objects.get()


def test_a_search_proposes_the_twins_and_says_why(twins, search, actor):
    run = search()
    assert (run.state, run.records, run.proposed) == ("done", 3, 1)
    assert {_only().one_id, _only().other_id} == {twin.pk for twin in twins}
    assert {evidence["field"] for evidence in _only().evidence} >= {"name", "birth", "place"}


def test_the_evidence_holds_no_values(twins, search):
    search()
    assert "ada" not in str(_only().evidence).lower()


def test_too_few_records_to_learn_from_merge_nobody_by_themselves(twins, search):
    assert search().merged == 0


@pytest.fixture
def guests(live, actor):
    """Two records of one person who never signed in: no customer number says that they are two."""
    traits = {"name": "Ada Byron", "birthday": "1990-03-04", "postcode": "SW1A 1AA", "city": "London"}
    rows = []
    for number, name in enumerate(("Ada Byron", "Ada Byrom")):
        email = f"ada{number}@example.org"
        event = {
            "type": "identify",
            "anonymousId": f"a{number}",
            "traits": traits | {"name": name, "email": email},
        }
        live.ingest([event])
        rows.append(find(actor, f"email:{email}"))
    return rows


def test_a_learned_model_merges_what_is_sure(guests, search, actor):
    MatchPolicy.objects.create(kind="person", merges_itself=True)
    search()
    learned = policy.policy_of("person")
    assert learned.parameters
    Person.objects.filter(pk=guests[0].pk).update(updated_at=dt.datetime(2031, 1, 1, tzinfo=dt.UTC))
    run = search(full=False)
    assert run.since is not None
    assert (run.merged, Merge.objects.get().rule) == (1, "likeness")


def test_an_automatic_merge_can_be_undone_and_stays_undone(twins, search, actor):
    search()
    decision = decisions.decide(actor=actor, candidate=_only(), verdict="merged", automatic=True)
    from rapport.people.services.unmerging import undo_merge

    undo_merge(actor=actor, merge=Merge.objects.get(pk=decision.merge_id))
    search()
    assert Person.objects.filter(merged_into=None).count() == 3


def test_a_second_search_changes_nothing(twins, search):
    search()
    first = _only()
    search()
    assert (_only().pk, _only().probability) == (first.pk, first.probability)


def test_those_kept_apart_are_never_proposed_again(twins, search, actor):
    search()
    decisions.decide(actor=actor, candidate=_only(), verdict="apart")
    assert search().proposed == 0
    assert not queries.waiting(actor, "person", lowest=0)


def test_undoing_a_merge_opens_the_pair_again(twins, search, actor):
    search()
    decision = decisions.decide(
        actor=actor, candidate=_only(), verdict="merged", survivor_id=_only().other_id
    )
    assert not queries.waiting(actor, "person", lowest=0)
    decisions.undo_decision(actor=actor, decision=decision)
    assert list(queries.waiting(actor, "person", lowest=0)) == [_only()]
    decisions.decide(actor=actor, candidate=_only(), verdict="merged")


def test_a_skipped_pair_waits_under_skipped(twins, search, actor):
    search()
    decisions.decide(actor=actor, candidate=_only(), verdict="later")
    assert not queries.waiting(actor, "person", lowest=0)
    assert list(queries.waiting(actor, "person", lowest=0, later=True)) == [_only()]
    decisions.decide(actor=actor, candidate=_only(), verdict="merged")


def test_a_pair_that_the_stream_merged_meanwhile_is_no_error(twins, search, actor):
    from rapport.people.services.merging import merge_people

    search()
    merge_people(actor=actor, survivor_id=twins[0].pk, absorbed_id=twins[1].pk, rule="by hand")
    assert not queries.waiting(actor, "person", lowest=0)
    with pytest.raises(decisions.CannotDecide, match="already one person"):
        decisions.decide(actor=actor, candidate=_only(), verdict="merged")


def test_a_pair_is_decided_once(twins, search, actor):
    search()
    decisions.decide(actor=actor, candidate=_only(), verdict="apart")
    with pytest.raises(decisions.CannotDecide, match="decided this pair already"):
        decisions.decide(actor=actor, candidate=_only(), verdict="merged")


@pytest.mark.parametrize("state", ["erased_at", "restricted_at"])
def test_erased_and_restricted_people_are_left_out(twins, search, actor, state):
    search()
    Person.objects.filter(pk=twins[0].pk).update(**{state: NIGHT})
    assert not queries.waiting(actor, "person", lowest=0)
    assert search().records == 2


def test_one_search_of_a_kind_runs_at_a_time(db, actor):
    policy.request_run(actor=actor, kind="person")
    with pytest.raises(policy.AlreadySearching):
        policy.request_run(actor=actor, kind="person")


def test_a_cancelled_search_is_not_carried_out(db, actor):
    clock = VirtualClock(NOON)
    run = policy.request_run(actor=actor, kind="person", clock=clock)
    assert policy.cancel_run(actor=actor, run=run).state == "cancelled"
    assert jobs.run_once(clock, QUEUE) == 0
    with pytest.raises(ValueError, match="ended already"):
        policy.cancel_run(actor=actor, run=run)


def test_a_search_whose_worker_died_is_taken_over(twins, actor):
    run = policy.request_run(actor=actor, kind="person", clock=VirtualClock(NIGHT))
    until = NIGHT + dt.timedelta(minutes=5)
    Job.objects.filter(pk=run.job_id).update(state="running", lease_until=until, attempts=1)
    assert jobs.run_once(VirtualClock(NIGHT), QUEUE) == 1  # the other kind's nightly search
    assert MatchRun.objects.get(pk=run.pk).is_open
    assert jobs.run_once(VirtualClock(until + dt.timedelta(minutes=1)), QUEUE) == 1
    assert MatchRun.objects.get(pk=run.pk).state == "done"


def test_a_search_that_crashes_says_so_and_leaves_room_for_the_next(twins, actor, monkeypatch):
    def crash(*_args):
        raise subprocess.CalledProcessError(1, "out of memory")

    monkeypatch.setattr(process, "search", crash)
    run = policy.request_run(actor=actor, kind="person", clock=VirtualClock(NOON))
    jobs.run_once(VirtualClock(NOON), QUEUE)
    run.refresh_from_db()
    assert (run.state, "out of memory" in run.error) == ("failed", True)
    policy.request_run(actor=actor, kind="person")


def test_the_nightly_search_is_carried_out_once(db):
    assert jobs.run_once(VirtualClock(NOON), QUEUE) == 0
    while jobs.run_once(VirtualClock(NIGHT), QUEUE):
        pass
    assert sorted(MatchRun.objects.values_list("kind", "outcome")) == [
        ("company", "done"),
        ("person", "done"),
    ]
    assert jobs.run_once(VirtualClock(NIGHT + dt.timedelta(minutes=5)), QUEUE) == 0
    assert jobs.run_once(VirtualClock(NIGHT + dt.timedelta(days=1)), QUEUE) == 1


def test_the_queue_shows_both_sides_and_marks_what_differs(page, twins, search):
    search()
    html = page.get("/duplicates/").content.decode()
    assert "Pair 1 of 1" in html
    assert "<mark>m</mark>" in html
    assert "one typo" in html or "similar" in html


def test_deciding_on_the_page_offers_to_undo(page, twins, search):
    search()
    answer = page.post(
        f"/duplicates/pairs/{_only().pk}/decision/",
        {"verdict": "merged", "survivor": str(twins[1].pk)},
    )
    assert answer.status_code == 302
    decision = MatchDecision.objects.get()
    assert (decision.survivor_id, decision.decided_by) == (twins[1].pk, "ada@example.org")
    page.post(f"/duplicates/decisions/{decision.pk}/undo/")
    assert Person.objects.filter(merged_into=None).count() == 3


def test_customers_with_two_numbers_are_two_until_somebody_says_otherwise(twins, search, actor):
    MatchPolicy.objects.create(kind="person", merges_itself=True)
    search()
    Person.objects.filter(pk=twins[0].pk).update(updated_at=dt.datetime(2031, 1, 1, tzinfo=dt.UTC))
    assert (search(full=False).merged, _only().contradicts) == (0, True)


def test_merging_many_merges_the_pairs_that_were_shown(page, guests, search):
    search()
    shown = page.get("/duplicates/many/?kind=person&lowest=50")
    assert "Merge 1 pair<" in shown.content.decode()
    page.post("/duplicates/many/", {"kind": "person", "pair": [row[0].pk for row in shown.context["pairs"]]})
    assert Person.objects.filter(merged_into=None).count() == 1


def test_an_empty_queue_offers_a_search(page):
    assert "Start a search" in page.get("/duplicates/").content.decode()


def test_a_search_is_started_watched_and_cancelled_on_its_page(page):
    page.post("/duplicates/searches/", {"kind": "company"})
    run = MatchRun.objects.get()
    assert f"/duplicates/searches/{run.pk}/progress/" in page.get("/duplicates/searches/").content.decode()
    page.post(f"/duplicates/searches/{run.pk}/cancel/")
    assert page.get(f"/duplicates/searches/{run.pk}/progress/").headers["HX-Refresh"] == "true"


def test_thresholds_are_saved_and_refused_when_upside_down(page):
    form = {"kind": "person", "auto_at": "97", "review_at": "60", "nightly_hour": "3"}
    assert page.post("/duplicates/settings/", form).status_code == 302
    assert policy.policy_of("person").auto_at == 0.97
    assert page.post("/duplicates/settings/", form | {"review_at": "99"}).status_code == 422


def test_decisions_show_how_right_the_likelihood_is(twins, search, actor):
    search()
    decision = decisions.decide(actor=actor, candidate=_only(), verdict="merged")
    (band,) = queries.bands(actor, "person")
    assert (band.merged, band.apart, band.lowest <= decision.probability <= band.highest) == (1, 0, True)
    assert queries.suggested_threshold([queries.Band(0.9, 0.95, 30, 0), queries.Band(0.85, 0.9, 5, 5)]) == 0.9


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("agent", 302)])
def test_only_who_may_edit_people_decides(client, twins, search, role, status):
    search()
    client.force_login(User.objects.create_user("b@example.org", "correct horse battery", roles=[role]))
    url = f"/duplicates/pairs/{_only().pk}/decision/"
    assert client.post(url, {"verdict": "later"}).status_code == status


def test_companies_are_compared_merged_and_parted_too(live, search, actor):
    for number, name in enumerate(("Acme Tools Ltd", "ACME Tools Limited")):
        traits = {"name": name, "website": "https://acme.example", "city": "Leeds"}
        live.ingest([{"type": "group", "userId": f"u{number}", "groupId": f"g{number}", "traits": traits}])
    assert search("company").proposed == 1
    decision = decisions.decide(actor=actor, candidate=_only(), verdict="merged")
    assert search("company").records == 1
    decisions.undo_decision(actor=actor, decision=decision)
    assert search("company").records == 2


def test_companies_kept_apart_are_never_proposed_again(live, search, actor):
    for number, name in enumerate(("Acme Tools Ltd", "ACME Tools Limited")):
        traits = {"name": name, "website": "https://acme.example", "city": "Leeds"}
        live.ingest([{"type": "group", "userId": f"u{number}", "groupId": f"g{number}", "traits": traits}])
    search("company")
    decisions.decide(actor=actor, candidate=_only(), verdict="apart")
    assert search("company").proposed == 0
