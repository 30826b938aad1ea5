"""Data quality: what is measured, day by day, and whom it found wanting."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from rapport.core import jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.governance.models import Purpose
from rapport.governance.services import consent, erasure, suppression
from rapport.people.models import Person
from rapport.quality.cleansing.services import runs, writing
from rapport.quality.completeness import queries
from rapport.quality.completeness.measures import WEIGHTS
from rapport.quality.completeness.services import measuring
from rapport.quality.models import QualityFinding, QualityRun, QualitySnapshot, RepairItem, RepairRun


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr("rapport.quality.completeness.jobs.BLOCK", 2)


@pytest.fixture
def measure(actor):
    def now(clock=SYSTEM):
        measuring.measure(actor=actor, clock=clock)
        assert jobs.run_once(clock, measuring.JOB)
        return {
            snapshot.measure: (snapshot.good, snapshot.total) for snapshot in QualitySnapshot.objects.all()
        }

    return now


def test_completeness_counts_who_has_a_value(person, measure):
    person(name="Ada", email="ada@example.org")
    person(name="Bob")
    person(first_name="Cy")
    measured = measure()
    assert measured["completeness.name"] == (3, 3)
    assert measured["completeness.email"] == (1, 3)


def test_validity_counts_only_those_it_applies_to(person, measure):
    person(email="ada@gmial.com", country="Deutschland")
    person(email="bob@example.org", country="Narnia")
    person(plan="gold")
    measured = measure()
    assert measured["validity.email"] == (2, 2)
    assert measured["validity.email-domains"] == (1, 2)
    assert measured["validity.country"] == (1, 2)


def test_a_finding_says_the_value_and_what_would_be_better(person, measure):
    wrong = person(email="ada@gmial.com")
    measure()
    finding = QualityFinding.objects.get(measure="validity.email-domains")
    assert (finding.person_id, finding.value, finding.proposal) == (
        wrong.pk,
        "ada@gmial.com",
        "ada@gmail.com",
    )


def test_a_birthday_to_come_is_wrong(person, measure):
    person(birthday="1990-05-17")
    person(birthday="2190-05-17")
    person(birthday="1790-05-17")
    assert measure()["validity.birthday"] == (1, 3)


def test_values_that_were_refused_count_against_validity(person, measure):
    person(age="old")
    person(age=30)
    assert measure()["validity.accepted"] == (1, 2)
    assert QualityFinding.objects.get(measure="validity.accepted").trait == "age"


def test_consent_coverage_tells_granted_withdrawn_and_never_asked(person, measure, actor):
    Purpose.objects.get_or_create(key="newsletter", defaults={"name": "Newsletter"})
    for number, state in enumerate(["granted", "withdrawn", ""]):
        contact = person(email=f"ada{number}@example.org")
        if state:
            statement = {"purpose": "newsletter", "channel": "email", "state": state, "source": "test"}
            consent.record(actor=actor, person_id=contact.pk, at=SYSTEM.now(), **statement)
    counted = measure()
    assert counted["consent.newsletter.email"] == (2, 3)
    snapshot = QualitySnapshot.objects.get(measure="consent.newsletter.email")
    assert snapshot.detail == {"granted": 1, "withdrawn": 1, "never asked": 1}
    assert counted["consent.contactable.email"] == (1, 3)
    assert counted["consent.evidence"] == (0, 1)


def test_freshness_goes_by_when_somebody_was_last_seen(person, measure):
    person(name="Ada")
    old = person(name="Bob")
    Person.objects.filter(pk=old.pk).update(last_seen_at=SYSTEM.now() - dt.timedelta(days=100))
    measured = measure()
    assert measured["freshness.90"] == (1, 2)
    assert measured["freshness.365"] == (2, 2)


def test_a_day_measured_twice_counts_once_and_days_add_up(person, measure, actor):
    person(name="Ada")
    start = SYSTEM.now().replace(hour=12)
    clock = VirtualClock(start - dt.timedelta(days=8))
    measure(clock)
    measure(clock)
    person(email="bob@example.org")
    measure(VirtualClock(start))
    board = queries.dashboard(actor)
    assert len(board.days) == 2
    assert QualityRun.objects.count() == 1
    completeness = board.dimensions[0]
    assert completeness.before == 0.25
    assert completeness.share == pytest.approx(0.25)
    assert board.score is not None
    assert board.change is not None


def test_a_measurement_goes_on_where_it_stopped(person, actor, monkeypatch):
    for number in range(5):
        person(name=f"Customer {number}")
    clock = VirtualClock(SYSTEM.now())
    run = measuring.measure(actor=actor, clock=clock)
    whole = measuring.judge_next
    dies = lambda run, measured, *rest: 1 / 0 if measured else whole(run, measured, *rest)  # noqa: E731
    monkeypatch.setattr(measuring, "judge_next", dies)
    jobs.run_once(clock, measuring.JOB)
    run.refresh_from_db()
    assert (run.state, run.done, run.tally["completeness.name"]) == ("running", 2, [2, 2])
    monkeypatch.setattr(measuring, "judge_next", whole)
    clock.advance(dt.timedelta(hours=1))
    jobs.run_once(clock, measuring.JOB)
    run.refresh_from_db()
    assert (run.state, run.done, run.tally["completeness.name"]) == ("done", 5, [5, 5])


def test_a_measurement_that_is_cancelled_says_so(person, actor):
    run = measuring.measure(actor=actor)
    jobs.stop(run.job)
    run.refresh_from_db()
    assert run.state == "failed"
    measuring.measure(actor=actor)


def test_it_measures_by_itself_at_night(person, measure):
    person(name="Ada")
    noon = SYSTEM.now().replace(hour=12)
    measure(VirtualClock(noon))
    assert jobs.run_once(VirtualClock(noon + dt.timedelta(hours=10)), measuring.JOB) == 0
    assert jobs.run_once(VirtualClock(noon + dt.timedelta(days=1, hours=15)), measuring.JOB) == 1
    assert QualityRun.objects.get().requested_by == measuring.JOB


def test_the_first_measurement_waits_until_nobody_new_arrives(person, db):
    assert jobs.run_once(SYSTEM, measuring.JOB) == 0
    person(name="Ada")
    assert jobs.run_once(SYSTEM, measuring.JOB) == 0
    Person.objects.update(created_at=SYSTEM.now() - dt.timedelta(hours=1))
    assert jobs.run_once(SYSTEM, measuring.JOB) == 1


def test_the_weights_decide_the_score(person, measure, actor):
    person(name="Ada")
    none = dict.fromkeys(["completeness", "validity", "uniqueness", "freshness", "consent", "identity"], 0)
    measuring.set_policy(actor=actor, traits=["email"], weights=none | {"completeness": 1})
    measure()
    assert queries.dashboard(actor).score == 0
    measuring.set_policy(actor=actor, traits=["email"], weights=none | {"validity": 1})
    assert queries.dashboard(actor).score == 1


def test_who_unsubscribed_gets_no_new_address_by_a_repair(person, actor):
    ada = person(email="ada@gmial.com")
    suppression.suppress(
        actor=actor, channel="email", address="ada@gmial.com", reason="unsubscribed", source="test"
    )
    run = runs.look(actor=actor, repair="email-domains")
    while jobs.run_once(SYSTEM, runs.JOB):
        pass
    runs.start(actor=actor, run=run)
    while jobs.run_once(SYSTEM, runs.JOB):
        pass
    assert Person.objects.get(pk=ada.pk).traits["email"] == "ada@gmial.com"
    assert "suppressed" in run.items.get().reason


def test_a_number_suppressed_on_one_channel_alone_is_not_exchanged(person, actor):
    number = "+4915123456789"
    ada = person(phone=number)
    suppression.suppress(
        actor=actor, channel="whatsapp", address=number, reason="unsubscribed", source="test"
    )
    run = RepairRun.objects.create(repair="phones", made_by="test", message_id=uuid.uuid4())
    item = RepairItem(run=run, person_id=ada.pk, trait="phone", before=number, after="+4915123456780")
    item.save()
    writing.apply(run, [item], SYSTEM)
    assert "suppressed" in item.reason


def test_who_can_be_contacted_is_counted_for_each_channel_of_a_number(person, measure, actor):
    person(phone="+4915123456789")
    Purpose.objects.get_or_create(key="newsletter", defaults={"name": "Newsletter"})
    for channel in ("sms", "whatsapp"):
        statement = {"purpose": "newsletter", "channel": channel, "state": "granted", "source": "test"}
        consent.record(actor=actor, person_id=Person.objects.get().pk, at=SYSTEM.now(), **statement)
    suppression.suppress(
        actor=actor, channel="whatsapp", address="+4915123456789", reason="unsubscribed", source="test"
    )
    counted = measure()
    assert counted["consent.contactable.sms"] == (1, 1)
    assert counted["consent.contactable.whatsapp"] == (0, 1)


def test_erasing_a_person_takes_findings_and_repairs_along(person, measure, actor):
    ada = person(city="LONDON", email="ada@gmial.com")
    measure()
    runs.look(actor=actor, repair="cities")
    while jobs.run_once(SYSTEM, runs.JOB):
        pass
    assert QualityFinding.objects.filter(person=ada).exists()
    assert RepairItem.objects.exists()
    erasure.erase(actor=actor, person_id=ada.pk)
    assert not QualityFinding.objects.filter(person=ada).exists()
    assert not RepairItem.objects.exists()


def test_the_worst_measure_is_that_by_which_the_score_would_rise_most(person, measure, actor):
    person(name="Ada", email="ada@example.org", phone="+442079460000")
    person(name="Bob", email="bob@gmial.com", phone="+442079460001")
    measuring.set_policy(actor=actor, traits=["plan"], weights=WEIGHTS)
    measure()
    assert queries.dashboard(actor).worst()[0].measure.key == "completeness.plan"
