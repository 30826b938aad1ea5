"""What the ledger keeps of a consent: wording, version, language, basis and end; and what an end does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.core import access, jobs
from rapport.core.clock import VirtualClock
from rapport.core.models import OutboxEvent
from rapport.governance import queries
from rapport.governance.models import Consent, ConsentRecord, ConsentWording, Purpose
from rapport.governance.services import consent, expiry, joining
from rapport.governance.services.proof import digest
from rapport.people.models import Person

pytestmark = pytest.mark.django_db
DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WORDS = "Yes, send me the newsletter."


def say(person: Person, state: str = "granted", day: float = 0, **evidence: Any) -> ConsentRecord:
    at = DAY + dt.timedelta(days=day)
    line = consent.record(
        actor=access.system("test"), person_id=person.pk, purpose="newsletter", channel="email", state=state,
        at=at, source="form", evidence=evidence, clock=VirtualClock(at),
    )  # fmt: skip
    assert line
    return line


def state(person: Person) -> str:
    row = Consent.objects.filter(person=person).first()
    return row.state if row else ""


def run_expiry(day: float) -> None:
    clock = VirtualClock(DAY + dt.timedelta(days=day))
    jobs.enqueue(actor=access.system("test"), kind=expiry.JOB, payload={}, clock=clock)
    jobs.run_once(clock, expiry.JOB)


def test_a_wording_is_kept_once_under_its_hash_and_shown_with_every_line(person: Any) -> None:
    lines = [say(person(), wording=WORDS, formVersion="v3", locale="en-GB", page="/join") for _ in range(2)]
    assert [(row.text, row.sha256) for row in ConsentWording.objects.all()] == [(WORDS, digest(WORDS))]
    for line in lines:
        assert (line.basis, line.form_version, line.language) == ("consent", "v3", "en-GB")
        assert line.evidence == {"page": "/join"}
        assert line.proof["wording"] == WORDS
        assert line.proof["wording_sha256"] == digest(WORDS)


def test_a_hash_that_does_not_fit_its_wording_is_not_believed(person: Any) -> None:
    assert say(person(), wording=WORDS, wording_sha256="0" * 64).proof["wording_sha256"] == digest(WORDS)


@pytest.mark.parametrize("ends", ["2026-02-31", 7, None, "0001-01-01T00:00:00+14:00", ["2026"]])
def test_an_end_that_cannot_be_read_stays_in_the_evidence(person: Any, ends: Any) -> None:
    line = say(person(), expires_at=ends)
    assert line.expires_at is None
    assert line.evidence["expires_at"] == ends


def test_the_earlier_of_its_own_end_and_that_of_the_purpose_counts(person: Any) -> None:
    Purpose.objects.filter(key="newsletter").update(valid_for_days=30)
    assert say(person()).expires_at == DAY + dt.timedelta(days=30)
    assert say(person(), expires_at="2026-01-05").expires_at == DAY + dt.timedelta(days=4)
    assert say(person(), expires_at="2029-01-05").expires_at == DAY + dt.timedelta(days=30)
    assert say(person(), "withdrawn").expires_at is None


def test_what_has_ended_is_told_once_and_a_new_consent_counts(person: Any) -> None:
    ada, bob = person(), person()
    say(ada, expires_at="2026-01-05")
    say(bob, "withdrawn")
    OutboxEvent.objects.all().delete()
    run_expiry(3)
    assert state(ada) == "granted"
    run_expiry(4)
    run_expiry(5)
    assert (state(ada), state(bob)) == ("expired", "withdrawn")
    payloads = [bytes(row.payload) for row in OutboxEvent.objects.all()]
    assert sum(payload.count(b"Consent Expired") for payload in payloads) == 1
    say(ada, day=6)
    assert state(ada) == "granted"


def test_a_request_moves_no_state_that_somebody_decided_on(person: Any) -> None:
    for decided in ("granted", "withdrawn"):
        ada = person()
        say(ada, decided)
        say(ada, "pending", day=1)
        assert state(ada) == decided
    eve = person()
    say(eve, "pending", day=2)
    assert state(eve) == "pending"
    say(eve, "withdrawn", day=1)
    assert state(eve) == "withdrawn"


def test_a_merge_lets_a_decision_outweigh_a_request_in_any_order(person: Any) -> None:
    for first, second in ((("withdrawn", 0), ("pending", 3)), (("pending", 3), ("withdrawn", 0))):
        ada, shade = person(), person()
        say(ada, *first)
        say(shade, *second)
        joining.merge([(ada.pk, shade.pk)])
        Person.objects.filter(pk=shade.pk).update(merged_into=ada)
        joining.merge([])
        assert state(ada) == "withdrawn"


def test_the_end_of_a_consent_survives_a_merge(person: Any) -> None:
    ada, shade = person(), person()
    say(shade, expires_at="2026-01-05")
    joining.merge([(ada.pk, shade.pk)])
    assert Consent.objects.get(person=ada).expires_at == DAY + dt.timedelta(days=4)
    assert not queries.allowed(ada.pk, ["email"]) & {(Purpose.objects.get(key="newsletter").pk, "email")}
