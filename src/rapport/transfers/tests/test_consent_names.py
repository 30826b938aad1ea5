"""Consent columns of systems that nobody has told us of, and what a file says of consents."""

from __future__ import annotations

import pytest

from rapport.core import crypto
from rapport.core.clock import SYSTEM
from rapport.governance import queries
from rapport.governance.models import AddressWithdrawal, Consent, Purpose
from rapport.governance.services import consent, purposes
from rapport.people.queries import find
from rapport.transfers.imports import consent_names
from rapport.transfers.imports.consent_statements import statements

CHANNELS = ["email", "sms", "phone", "post", "push"]
YES_NO = ["yes", "no", ""]


@pytest.mark.parametrize(
    ("name", "samples", "part"),
    [
        ("email_opt_out", ["1", "0"], "*:email:optout"), ("unsubscribed", ["true"], "*:email:optout"),
        ("do_not_contact", ["x"], "*:*:optout"), ("opted_out", YES_NO[:2], "*:*:optout"),
        ("hasoptedoutofemail", ["TRUE"], "*:email:optout"), ("no_sms", ["y"], "*:sms:optout"),
        ("do_not_call", ["1"], "*:phone:optout"), ("newsletter_opt_out", ["1"], "newsletter:email:optout"),
        ("unsubscribed_at", ["2024-01-02"], "*:email:withdrawn_at"), ("werbesperre", ["ja"], "*:*:optout"),
        ("newsletter", YES_NO[:2], "newsletter:email:state"), ("subscribed", ["true"], "newsletter:email:state"),
        ("accepts_email_marketing", ["yes"], "newsletter:email:state"),
        ("consent_date", ["2024-01-02"], "newsletter:email:at"),
        ("opt_in_time", ["2024-01-02 10:00:00"], "newsletter:email:at"),
        ("consent_source", ["web"], "newsletter:email:source"),
        ("unsubscribe_link", ["https://x.org"], ""), ("subscription_id", ["17"], ""),
        ("newsletter", ["Spring issue"], ""),
        ("city", YES_NO, ""), ("permission_level", ["admin"], ""),
    ],
)  # fmt: skip
def test_consent_columns_are_known_by_name_and_content(name, samples, part):
    assert consent_names.part_of(name, samples, ["newsletter", "product"], CHANNELS) == part


@pytest.mark.parametrize("word", ["yes", "1", "TRUE", "x", "opted out", "2024-01-02", "whatever"])
def test_whatever_an_opt_out_says_but_no_withdraws(word):
    [statement] = statements({"*:email:optout": word})
    assert statement.state == "withdrawn"


@pytest.mark.parametrize("word", ["no", "0", "FALSE", "n/a", "nein"])
def test_not_having_opted_out_is_no_consent(word):
    assert statements({"*:email:optout": word}) == ()


def test_a_withdrawal_stands_though_its_day_cannot_be_read():
    [statement] = statements({"newsletter:email:optout": "yes", "newsletter:email:withdrawn_at": "soon"})
    assert (statement.state, statement.problem[1]) == ("withdrawn", "consent_at")


@pytest.mark.postgres
def test_opting_out_of_a_channel_withdraws_every_purpose_of_it(bring, actor):
    done = bring("email,Email Opt Out\na@example.org,x\nb@example.org,\n")
    person = find(actor, "email:a@example.org")
    refusable = [purpose.key for purpose in Purpose.objects.all() if purpose.is_marketing]
    assert sorted(
        Consent.objects.filter(person=person).values_list("purpose__key", "channel", "state")
    ) == sorted((key, "email", "withdrawn") for key in refusable)
    assert not Consent.objects.filter(person=find(actor, "email:b@example.org")).exists()
    assert done.counts["more"] == {"consent withdrawn": len(refusable)}


@pytest.mark.postgres
def test_evidence_for_the_whole_file_is_given_once(bring, actor):
    evidence = {"at": "2024-05-17", "source": "Trade fair 2024"}
    bring("email,newsletter\na@example.org,yes\nb@example.org,no\n", evidence=evidence)
    person = find(actor, "email:a@example.org")
    [line] = person.consent_records.all()
    assert (line.state, line.at.date().isoformat(), line.evidence["source"]) == (
        "granted",
        "2024-05-17",
        "Trade fair 2024",
    )
    assert Consent.objects.get(person=find(actor, "email:b@example.org")).state == "withdrawn"


@pytest.mark.postgres
def test_a_state_nobody_understands_is_told_and_its_person_comes_in(bring):
    done = bring(
        "email,newsletter\na@example.org,perhaps\n",
        columns={1: {"to": "consent", "part": "newsletter:email:state"}},
    )
    assert (done.counts["created"], done.counts["cells"]) == (1, {"newsletter": {"consent_word": 1}})


@pytest.mark.parametrize(
    "word",
    [
        "Unsubscribe",
        "nein danke",
        "STOP",
        "abgemeldet",
        "do not email",
        "Bounced (hard)",
        "optedOut",
        "Opt Out",
        "never",
    ],
)
def test_a_no_in_other_words_withdraws(word):
    (statement,) = statements({"newsletter:email:state": word})
    assert statement.state == "withdrawn"


@pytest.mark.parametrize("word", ["noch offen", "unconfirmed", "none", "normal", "pending"])
def test_what_is_neither_withdraws_nothing(word):
    assert all(not statement.state for statement in statements({"newsletter:email:state": word}))


FILE = """email,phone,newsletter,blocked
ann@example.org,,no,
bob@example.org,,,x
ann@example.org,+442079460002,unsubscribed,
"""
COLUMNS = {
    2: {"to": "consent", "part": "newsletter:email:state"},
    3: {"to": "suppression", "part": "email:complained"},
}


@pytest.mark.parametrize(("policy", "persons"), [("create", 2), ("overwrite", 2), ("update", 0)])
def test_who_says_no_in_a_row_that_stays_out_is_heard(bring, person, policy, persons):
    """Known people under “only new ones”, rows about two people at once, strangers under “only known ones”."""
    if persons:
        person(email="ann@example.org"), person(email="bob@example.org"), person(phone="+442079460002")
    done = bring(FILE, columns=COLUMNS, policy=policy, ambiguous="reject")
    assert done.counts["created"] == 0
    withdrawn = AddressWithdrawal.objects.filter(purpose__key="newsletter", channel="email")
    assert [row.address_hash for row in withdrawn] == [crypto.address_hash("email", "ann@example.org")]
    assert queries.suppressed("email", ["ann@example.org", "bob@example.org"]) == {"bob@example.org"}
    assert Consent.objects.filter(state="withdrawn").count() == persons


def test_who_opts_out_of_everything_does_so_of_an_archived_purpose_too(bring, person, actor):
    """It may be put back into use, and an earlier consent must not stand then."""
    ann, purpose = person(email="ann@example.org"), Purpose.objects.get(key="newsletter")
    consent.record(
        actor=actor, person_id=ann.pk, purpose="newsletter", channel="email", state="granted", source="form",
        at=SYSTEM.now(),
    )  # fmt: skip
    purposes.archive_purpose(actor=actor, purpose=purpose)
    bring("email,opted_out\nann@example.org,yes\n", columns={1: {"to": "consent", "part": "*:email:optout"}})
    assert Consent.objects.get(person=ann, purpose=purpose, channel="email").state == "withdrawn"
