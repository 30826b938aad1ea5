"""Withdrawals that come as traits, by whatever road; nothing is granted by a trait."""

from __future__ import annotations

import uuid

import pytest

from rapport.core import crypto
from rapport.events.models import EventType, PlanState
from rapport.governance.models import AddressWithdrawal, Consent, ConsentRecord
from rapport.governance.statement_words import withdraws
from rapport.people.services import profile


@pytest.mark.parametrize(("key", "value", "stops"), [
    ("unsubscribed", True, True), ("email_opt_out", "yes", True), ("emailOptOut", 1, True),
    ("Do not contact", "x", True), ("unsubscribed_at", "2024-01-02", True), ("newsletter", False, True),
    ("newsletter", "no", True),
    ("email_opt_in", False, True), ("marketing_consent", "withdrawn", True), ("subscribed", "unsubscribed", True),
    ("newsletter_status", "unsubscribed", True), ("accepts_marketing", False, True),
    ("unsubscribed", False, False), ("unsubscribed", None, False), ("email_opt_out", "0", False),
    ("newsletter", True, False), ("newsletter", "Spring issue", False), ("newsletter", "pending", False),
    ("subscription_status", "cancelled", False), ("cookie_consent", False, False), ("consent", False, False),
    ("newsletter_count", 0, False), ("permission_level", 0, False), ("tracking_opt_out", True, False),
    ("unsubscribe_link", "https://x.org", False), ("unsubscribed", {"a": 1}, False),
])  # fmt: skip
def test_a_trait_that_means_a_withdrawal_is_known_by_name_and_value(key, value, stops):
    assert withdraws(key, value) is stops


@pytest.fixture
def ann(live, person):
    ann = person(email="ann@example.org")
    for purpose in ("newsletter", "offers"):
        properties = {"purpose": purpose, "channel": "email"}
        live.ingest(
            [{"type": "track", "event": "Consent Granted", "userId": "user-1", "properties": properties}]
        )
    return ann


def states():
    return dict(Consent.objects.filter(channel="email").values_list("purpose__key", "state"))


def identify(live, **traits):
    live.ingest([{"type": "identify", "userId": "user-1", "traits": traits}])


@pytest.mark.parametrize(("traits", "offers"), [
    ({"unsubscribed": True}, "withdrawn"), ({"email_opt_out": "yes"}, "withdrawn"), ({"newsletter": False}, "granted"),
])  # fmt: skip
def test_it_is_heard_once_for_the_purpose_it_names_or_for_all_and_for_the_address(live, ann, traits, offers):
    identify(live, **traits)
    identify(live, **traits)
    assert states() == {"newsletter": "withdrawn", "offers": offers}
    hashed = crypto.address_hash("email", "ann@example.org")
    assert AddressWithdrawal.objects.filter(address_hash=hashed, purpose__key="newsletter").exists()
    lines = ConsentRecord.objects.filter(state="withdrawn", purpose__key="newsletter", channel="email")
    assert lines.get().evidence["trait"] in traits


def test_it_is_heard_from_a_colleague_and_the_api_too(ann, actor):
    profile.set_traits(actor=actor, person_id=ann.pk, traits={"unsubscribed": True}, source="by hand")
    assert set(states().values()) == {"withdrawn"}


def test_no_trait_grants_anything(live, person):
    person(email="bob@example.org", newsletter=True, email_opt_in="yes", unsubscribed=False)
    assert not Consent.objects.exists()


def test_no_schema_keeps_it_out(live, ann):
    event = EventType.objects.get_or_create(name="Identified")[0]
    event.schema, event.mode = {"required": ["form"]}, EventType.Mode.QUARANTINE
    event.save()
    PlanState.objects.update_or_create(pk=1, defaults={"stamp": uuid.uuid4()})
    identify(live, unsubscribed=True)
    assert set(states().values()) == {"withdrawn"}
