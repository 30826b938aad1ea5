"""What imported files may say about consent and suppression."""

from __future__ import annotations

import io

import pytest

from rapport.core import access
from rapport.core.jobs import run_due
from rapport.governance import queries
from rapport.governance.models import Consent, ConsentRecord
from rapport.governance.services import consent, erasure, suppression
from rapport.people.queries import find
from rapport.transfers.imports.services import steps, uploads

HEADER = "email,consent.newsletter.email.state,consent.newsletter.email.at,consent.newsletter.email.wording\n"


@pytest.fixture
def bring(user):
    def do(text, name="consents.csv"):
        actor = access.for_user(user)
        [run] = uploads.upload(actor=actor, stream=io.BytesIO(text.encode()), name=name)
        uploads.set_mapping(actor=actor, run=run, mapping=run.mapping | {"dates": "auto"})
        steps.take(actor=actor, run=run, step="start")
        run_due("imports")
        run.refresh_from_db()
        assert run.problem == ""
        return run

    return do


def test_a_consent_with_its_evidence_is_recorded_once(bring, actor):
    text = HEADER + "a@example.org,granted,2026-01-05T10:00:00Z,Yes please\n"
    done, again = bring(text), bring(text)
    person = find(actor, "email:a@example.org")
    line = ConsentRecord.objects.get(person=person)
    assert (line.state, line.proof["wording"], line.evidence["double_opt_in"]) == (
        "granted",
        "Yes please",
        False,
    )
    assert (done.counts["more"], again.counts["unchanged"]) == ({"consent granted": 1}, 1)


@pytest.mark.parametrize("row", ["granted,,Yes", "granted,2026-01-05,", "granted,,"])
def test_a_consent_without_evidence_is_not_taken_and_its_person_is(bring, row):
    done = bring(HEADER + f"a@example.org,{row}\n")
    assert (done.counts["rejected"], done.counts["created"]) == (0, 1)
    [(column, _reasons)] = done.counts["cells"].items()
    assert column == "consent.newsletter.email.state"
    assert not Consent.objects.exists()


def test_an_older_file_does_not_overturn_a_later_withdrawal(bring, actor, user):
    bring("email\na@example.org\n", "first.csv")
    person = find(actor, "email:a@example.org")
    at = person.first_seen_at
    consent.record(
        actor=actor,
        person_id=person.pk,
        purpose="newsletter",
        channel="email",
        state="withdrawn",
        at=at,
        source="t",
    )
    bring(HEADER + "a@example.org,granted,2026-01-05T10:00:00Z,Yes\n")
    assert Consent.objects.get(person=person).state == "withdrawn"


def test_suppression_survives_the_import(bring, actor):
    suppression.suppress(actor=actor, channel="email", address="a@example.org", reason="manual", source="t")
    bring(HEADER + "a@example.org,granted,2026-01-05T10:00:00Z,Yes\n")
    assert queries.suppressed("email", ["a@example.org"])


def test_who_asked_to_be_forgotten_is_refused(bring, actor, clickhouse):
    bring("email\na@example.org\n", "first.csv")
    erasure.erase(actor=actor, person_id=find(actor, "email:a@example.org").pk)
    done = bring("email,city\na@example.org,York\n", "second.csv")
    assert (done.counts["reasons"], find(actor, "email:a@example.org")) == ({"refused": 1}, None)


def test_reverting_withdraws_by_a_further_line(bring, actor, user):
    done = bring(HEADER + "a@example.org,granted,2026-01-05T10:00:00Z,Yes\n")
    person = find(actor, "email:a@example.org")
    steps.take(actor=access.for_user(user), run=done, step="revert")
    run_due("imports")
    lines = ConsentRecord.objects.filter(person=person).order_by("id").values_list("state", flat=True)
    assert list(lines) == ["granted", "withdrawn"]
    assert Consent.objects.get(person=person).state == "withdrawn"
