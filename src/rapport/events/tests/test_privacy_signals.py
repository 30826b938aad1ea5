"""Global Privacy Control from the request to the gate: an objection to the purposes that honour it, once."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.events.services import wire
from rapport.governance import queries
from rapport.governance.models import AddressWithdrawal, Consent, ConsentRecord, Purpose
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services.privacy_signals import SOURCE

AGREED = {"purpose": "offers", "channel": "email", "wording": "Yes"}
GPC = {"gpc": True}


def track(
    event: str, message_id: str, context: dict[str, Any] | None = None, **properties: Any
) -> dict[str, Any]:
    call = {"type": "track", "event": event, "userId": "user-1", "messageId": message_id}
    return call | {"properties": properties, "context": context or {}}


def states(person: Any, purpose: str = "offers") -> set[str]:
    return set(Consent.objects.filter(person=person, purpose__key=purpose).values_list("state", flat=True))


@pytest.mark.parametrize(("value", "asks"), [(b"1", True), (b"0", False), (b"true", False), (b"", False)])
def test_only_the_header_of_the_standard_asks(value: bytes, asks: bool) -> None:
    context = wire.request_context({}, {b"origin": b"https://shop.example", b"sec-gpc": value})
    assert context.get("gpc", False) is asks


def test_a_signal_objects_on_every_channel_to_what_honours_it_and_to_nothing_else(
    live: Any, person: Any
) -> None:
    ann = person(email="ann@example.org")
    live.ingest([track("Consent Granted", "m1", **AGREED)])
    live.ingest([track("Consent Granted", "m2", **AGREED | {"purpose": "newsletter"})])
    live.ingest([track("Product Viewed", "m3", GPC)])
    assert states(ann) == {"withdrawn"}
    assert Consent.objects.filter(person=ann, purpose__key="offers").count() == len(CONSENT_CHANNELS)
    assert states(ann, "newsletter") == {"granted"}
    offers = Purpose.objects.get(key="offers")
    assert offers.pk not in {purpose for purpose, _channel in queries.allowed(ann.pk, ["email", "sms"])}
    line = ConsentRecord.objects.filter(source=SOURCE, channel="email").get()
    assert (line.evidence["signal"], line.evidence["message_id"]) == ("Sec-GPC: 1", "m3")


def test_who_agrees_anew_has_decided_and_further_pages_change_nothing(live: Any, person: Any) -> None:
    ann = person(email="ann@example.org")
    live.ingest([track("Product Viewed", "m1", GPC)])
    live.ingest([track("Consent Granted", "m2", GPC, **AGREED)])
    live.ingest([track("Product Viewed", "m3", GPC)])
    email = Consent.objects.get(person=ann, purpose__key="offers", channel="email")
    assert email.state == "granted"
    assert ConsentRecord.objects.filter(source=SOURCE, channel="email").count() == 1


@pytest.mark.parametrize(
    "context", [{"gpc": False}, {"gpc": "true"}, {"gpc": 1}, {"page": {"title": "gpc"}}, {}]
)
def test_nothing_else_is_a_signal(live: Any, person: Any, context: dict[str, Any]) -> None:
    ann = person(email="ann@example.org")
    live.ingest([track("Product Viewed", "m1", context)])
    assert not states(ann)


def test_it_says_nothing_of_others_with_the_same_address(live: Any, person: Any) -> None:
    person(email="ann@example.org")
    live.ingest([track("Product Viewed", "m1", GPC)])
    assert not AddressWithdrawal.objects.exists()


def test_where_no_purpose_honours_it_nothing_is_recorded(live: Any, person: Any) -> None:
    ann = person(email="ann@example.org")
    Purpose.objects.update(refused_by_gpc=False)
    live.ingest([track("Product Viewed", "m1", GPC)])
    assert not states(ann)


def test_auditors_read_that_it_is_honoured(client: Any) -> None:
    answer = client.get("/.well-known/gpc.json")
    assert answer.json()["gpc"] is True
