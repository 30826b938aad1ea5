"""Consent events as others spell them, and withdrawals that cannot be understood."""

import datetime as dt
import json
import uuid

import pytest

from rapport.core import crypto
from rapport.events.models import EventType, PlanState, QuarantinedEvent, Source
from rapport.events.services import log
from rapport.events.services.capture import read
from rapport.events.services.source_cache import SourceFacts
from rapport.governance.models import AddressWithdrawal, Consent


def say(live, name, **properties):
    live.ingest([{"type": "track", "event": name, "userId": "user-1", "properties": properties}])


def states():
    return dict(Consent.objects.filter(channel="email").values_list("purpose__key", "state"))


@pytest.fixture
def ann(live, person):
    ann = person(email="ann@example.org")
    for purpose in ("newsletter", "offers"):
        say(live, "Consent Granted", purpose=purpose, channel="email")
    assert states() == {"newsletter": "granted", "offers": "granted"}
    return ann


@pytest.mark.parametrize(
    ("name", "purpose", "channel"),
    [
        ("Consent Withdrawn", "Newsletter", "Email"),
        ("Consent Withdrawn", " NEWSLETTER ", "e-mail"),
        ("consent withdrawn", "newsletter", "email"),
        ("Consent_Withdrawn", "newsletter", "EMAIL"),
        ("ConsentWithdrawn", "news-letter", "E Mail"),
        ("Consent Withdrawn", ["newsletter"], "email"),
        ("Ｃonsent\u00a0Withdrawn\u200b ", "newsletter", ["email"]),
        ("Consent Revoked", "newsletter", "email"),
        ("Unsubscribed", "newsletter", "email"),
        ("opt-out", "newsletter", "email"),
    ],
)
def test_any_spelling_withdraws_just_that(live, ann, name, purpose, channel):
    say(live, name, purpose=purpose, channel=channel)
    assert states() == {"newsletter": "withdrawn", "offers": "granted"}
    assert not QuarantinedEvent.objects.exists()


@pytest.mark.parametrize("purpose", ["Nwsltr", "", None, 7, ["newsletter", "tips"], {"key": "newsletter"}])
def test_a_withdrawal_of_an_unknown_purpose_stops_everything_on_the_channel(live, ann, purpose):
    say(live, "Consent Withdrawn", purpose=purpose, channel="Email")
    assert states() == {"newsletter": "withdrawn", "offers": "withdrawn"}
    assert not Consent.objects.filter(channel="sms").exists()
    assert "counts for every purpose" in QuarantinedEvent.objects.get().reason


def test_a_withdrawal_on_an_unknown_channel_stops_the_purpose_on_all(live, ann):
    say(live, "Consent Withdrawn", purpose="newsletter", channel="carrier pigeon")
    assert states() == {"newsletter": "withdrawn", "offers": "granted"}
    assert Consent.objects.get(channel="sms").state == "withdrawn"


def test_an_unsubscription_that_names_nothing_is_one_from_all_marketing_mail(live, ann):
    say(live, "Unsubscribed", email_id="42", list_name="Tips")
    assert states() == {"newsletter": "withdrawn", "offers": "withdrawn"}


def all_states():
    return {f"{c.purpose.key}/{c.channel}": c.state for c in Consent.objects.select_related("purpose")}


@pytest.mark.parametrize(
    ("properties", "stopped"),
    [
        ({"Purpose": "newsletter", "CHANNEL": "sms"}, {"newsletter/sms"}),
        ({"purposes": ["newsletter", "offers"], "channels": ["email"]}, {"newsletter/email", "offers/email"}),
        ({"consentPurpose": "newsletter; Offers"}, {"newsletter/email", "offers/email"}),
        ({"purpose": "newsletter"}, {"newsletter/email"}),
        ({"purpose": "newsletter", "channel": ""}, {"newsletter/email", "newsletter/sms"}),
        ({"purpose": "newsletter", "channel": []}, {"newsletter/email", "newsletter/sms"}),
        ({"purpose": ["newsletter"], "channel": {"sms": True}}, {"newsletter/email", "newsletter/sms"}),
        ({"purpose": 0, "channel": 0}, {"newsletter/email", "newsletter/sms", "offers/email"}),
    ],
)
def test_what_a_withdrawal_is_about_may_be_written_in_many_ways(live, ann, properties, stopped):
    say(live, "Consent Granted", purpose="newsletter", channel="sms")
    say(live, "Consent Withdrawn", **properties)
    states = all_states()
    assert {
        key for key in ("newsletter/email", "newsletter/sms", "offers/email") if states[key] == "withdrawn"
    } == stopped


def test_one_event_may_grant_several(live, person):
    person(email="ann@example.org")
    say(live, "Consent Granted", purpose=["newsletter", "Offers"], channel=None)
    assert states() == {"newsletter": "granted", "offers": "granted"}


REFUSED = [
    {"userId": "user-1", "properties": {"purpose": "newsletter"}, "timestamp": "29.11.2026 10:00"},
    {"userId": "user-1", "properties": "newsletter"},
    {"userId": "user-1", "properties": {"purpose": "newsletter", "page": "x" * 40_000}},
    {"userId": "user-1", "properties": {"purpose": "newsletter"}, "messageId": "m" * 101},
    {"properties": {"purpose": "newsletter", "Email": "ANN@example.org"}},
    {
        "userId": "null",
        "properties": {"purpose": "newsletter"},
        "context": {"traits": {"email": "ann@example.org"}},
    },
    {"anonymousId": "stranger", "properties": {"purpose": "newsletter", "email_address": "ann@example.org"}},
    {"userId": "ann@example.org", "properties": {"purpose": "newsletter"}},
]


@pytest.mark.parametrize("call", REFUSED)
def test_a_withdrawal_that_is_refused_or_nobodys_counts_all_the_same(live, ann, call):
    source, now = Source.objects.get(name="test"), dt.datetime.now(dt.UTC)
    body = json.dumps({"batch": [{"type": "track", "event": "Consent Withdrawn", **call}]}).encode()
    accepted = read("batch", body, SourceFacts(source.pk, frozenset()), now, {})
    log.append(source.pk, accepted.events, now)
    live.settle()
    assert ("newsletter", "email") in withdrawn_for("ann@example.org")


def withdrawn_for(address):
    rows = AddressWithdrawal.objects.filter(address_hash=crypto.address_hash("email", address))
    return set(rows.values_list("purpose__key", "channel"))


def test_no_tracking_plan_keeps_a_withdrawal_out(live, ann, actor):
    event = EventType.objects.get_or_create(name="Consent Withdrawn")[0]
    event.schema, event.mode = {"required": ["form"]}, EventType.Mode.QUARANTINE
    event.renamed_to = "Goodbye"
    event.save()
    PlanState.objects.update_or_create(pk=1, defaults={"stamp": uuid.uuid4()})
    say(live, "Consent Withdrawn", purpose="newsletter", channel="email")
    assert states() == {"newsletter": "withdrawn", "offers": "granted"}


def test_a_grant_that_cannot_be_understood_grants_nothing(live, ann):
    before = Consent.objects.count()
    say(live, "Consent Granted", purpose="nwsltr", channel="email")
    assert Consent.objects.count() == before
    assert "no purpose" in QuarantinedEvent.objects.get().reason


def test_a_grant_in_another_spelling_is_one(live, person):
    person(email="ann@example.org")
    say(live, "consent granted", purpose="Offers", channel="E-Mail")
    assert states() == {"offers": "granted"}
