"""The right to a copy and to be forgotten."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.exceptions import PermissionDenied

from rapport.core import access, crypto, jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.permissions import grants_of_role
from rapport.governance import queries
from rapport.governance.models import ConsentRecord, SubjectRequest
from rapport.governance.services import consent, erasure, restriction
from rapport.people.models import Person
from rapport.people.registry import PROFILE_SECTIONS
from rapport.people.services import profile

pytestmark = pytest.mark.usefixtures("clickhouse")


@pytest.fixture
def ada(actor, person):
    ada = person(email="ada@example.com")
    consent.record(
        actor=actor,
        person_id=ada.pk,
        purpose="newsletter",
        channel="email",
        state="granted",
        at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        source="form",
        evidence={"wording": "Yes please"},
    )
    return ada


def test_a_copy_holds_the_evidence_of_consent_and_leaves_a_receipt(actor, ada):
    copy = erasure.export(actor=actor, person_id=ada.pk)
    assert copy["data"]["governance"]["consent_ledger"][0]["evidence"]["wording"] == "Yes please"
    assert SubjectRequest.objects.get().kind == "export"


def test_who_may_not_see_personal_data_gets_no_copy_of_it(actor_in_role, ada):
    with pytest.raises(PermissionDenied, match="personal"):
        erasure.export(actor=actor_in_role("analyst"), person_id=ada.pk)


def test_erasure_forgets_and_tells_what_it_forgot(actor, ada):
    receipt = erasure.erase(actor=actor, person_id=ada.pk)
    assert not ConsentRecord.objects.exists()
    assert receipt["stores"]["governance"] == {
        "governance.Consent": 1,
        "governance.ConsentRecord": 1,
        "governance.ConsentRequest": 0,
        "governance.ContactPreference": 0,
    }
    stores = {"events", "people", "trait_history", "segment_members", "segment_moves"}
    assert set(receipt["stores"]["clickhouse"]) == stores
    assert SubjectRequest.objects.get().completed_at


def test_his_events_leave_the_event_store_and_those_of_others_stay(actor, ada, person, clickhouse):
    bob = person()
    for owner in (ada, bob):
        line = json.dumps({"person_id": str(owner.pk), "at": "2026-01-01 00:00:00", "event": "Page Viewed"})
        clickhouse.insert_lines("events", line.encode(), token=str(owner.pk))
    assert len(erasure.export(actor=actor, person_id=ada.pk)["data"]["event_store"]["events"]) == 1
    receipt = erasure.erase(actor=actor, person_id=ada.pk)
    assert receipt["stores"]["clickhouse"]["events"] == 1
    assert clickhouse.rows("SELECT person_id FROM events") == [{"person_id": bob.pk}]


def test_an_erased_person_stays_suppressed(actor, ada):
    erasure.erase(actor=actor, person_id=ada.pk)
    assert queries.suppressed("email", ["ada@example.com"])


def test_a_receipt_is_signed_and_a_changed_one_shows(actor, ada):
    receipt = erasure.erase(actor=actor, person_id=ada.pk)
    assert erasure.signature(receipt) == receipt["signature"]
    assert erasure.signature(receipt | {"requested_by": "somebody else"}) != receipt["signature"]


def test_those_merged_into_him_are_forgotten_with_him(actor, ada, person):
    shade = person()
    Person.objects.filter(pk=shade.pk).update(merged_into=ada)
    receipt = erasure.erase(actor=actor, person_id=ada.pk)
    assert set(receipt["person_ids"]) == {str(ada.pk), str(shade.pk)}


def test_while_the_event_store_is_away_the_order_stands_and_is_carried_out_later(actor, ada, monkeypatch):
    def away(*_arguments):
        raise ConnectionError("refused")

    with monkeypatch.context() as broken:
        broken.setattr("rapport.core.clickhouse.scalar", away)
        erasure.erase(actor=actor, person_id=ada.pk)
    assert SubjectRequest.objects.get().completed_at is None
    clock = VirtualClock(SYSTEM.now())
    assert jobs.run_once(clock, erasure.STORES_JOB) == 0
    clock.advance(dt.timedelta(minutes=1))
    assert jobs.run_once(clock, erasure.STORES_JOB) == 1
    assert SubjectRequest.objects.get().completed_at


def test_one_erasure_that_fails_does_not_hold_up_the_others(actor, ada, person):
    bob = person()
    first = SubjectRequest.objects.create(kind="erasure", person_id=ada.pk, requested_by="ada", receipt={})
    erasure._enqueue(first, SYSTEM)
    erasure.erase(actor=actor, person_id=bob.pk)
    while jobs.run_once(SYSTEM, erasure.STORES_JOB):
        pass
    assert SubjectRequest.objects.get(completed_at=None) == first


def test_events_that_were_on_their_way_are_swept_once_later(actor, ada):
    clock = VirtualClock(SYSTEM.now())
    erasure.erase(actor=actor, person_id=ada.pk, clock=clock)
    assert jobs.run_once(clock, erasure.STORES_JOB) == 0
    clock.advance(dt.timedelta(minutes=11))
    assert [jobs.run_once(clock, erasure.STORES_JOB) for _ in range(2)] == [1, 0]
    assert SubjectRequest.objects.get().receipt["swept_at"] == clock.now().isoformat()


def test_only_who_may_erase_erases(ada):
    marketer = access.Actor("user", "1", "marketer", grants_of_role("marketer"))
    with pytest.raises(PermissionDenied):
        erasure.erase(actor=marketer, person_id=ada.pk)


def test_restriction_is_a_state_that_can_be_lifted(actor, ada):
    assert restriction.restrict(actor=actor, person_id=ada.pk).restricted_at
    assert restriction.lift_restriction(actor=actor, person_id=ada.pk).restricted_at is None


def test_a_suppression_survives_under_its_own_key():
    assert crypto.address_hash("email", "a@b.c") != crypto.address_hash("sms", "a@b.c")


def test_an_address_that_was_only_ever_a_trait_stays_suppressed_too(actor, ada):
    Person.objects.filter(pk=ada.pk).update(email="other@example.com", traits={"phone": "+442079460001"})
    erasure.erase(actor=actor, person_id=ada.pk)
    addresses = {"ada@example.com", "other@example.com"}
    assert queries.suppressed("email", addresses) == addresses
    assert queries.suppressed("sms", ["020 7946 0001"])


def test_who_was_erased_and_is_entered_again_is_not_brought_back_without_a_word(actor, ada, page):
    erasure.erase(actor=actor, person_id=ada.pk)
    again = profile.create_person(
        actor=actor, identifiers=[("email", "ada@example.com")], traits={}, source="shop"
    )
    section = dict(PROFILE_SECTIONS.items())["suppressions"](again.pk)
    assert {row["reason"] for row in section} == {"erased"}
    assert "Asked to be forgotten" in page.get(f"/people/{again.pk}/consents/").content.decode()
    consent.record(
        actor=actor, person_id=again.pk, purpose="newsletter", channel="email", state="granted", at=SYSTEM.now(),
        source="form",
    )  # fmt: skip
    assert queries.reachable(again)[0] == "Not reachable"
