"""Soft opt-in: an order at which the customer could refuse, in a country that allows it, until they object."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.events.models import Source
from rapport.governance import queries
from rapport.governance.models import Consent, ConsentRecord, Purpose


@pytest.fixture
def offers(live: Any) -> Purpose:
    Purpose.objects.filter(key="offers").update(soft_opt_in_countries=["GB"])
    return Purpose.objects.get(key="offers")


def order(message_id: str, **properties: Any) -> dict[str, Any]:
    given = {"order_id": "A7", "opt_out_offered": True} | properties
    call = {"type": "track", "event": "Order Completed", "userId": "user-1", "messageId": message_id}
    return call | {"properties": given}


def may(who: Any, purpose: Purpose) -> bool:
    return (purpose.pk, "email") in queries.allowed(who.pk, ["email"])


def test_an_order_is_the_evidence_and_the_objection_ends_it(live: Any, person: Any, offers: Purpose) -> None:
    ann = person(email="ann@example.org", country="gb")
    live.ingest([order("m1")])
    line = ConsentRecord.objects.get(person=ann)
    assert (line.basis, line.evidence["order"], line.evidence["country"]) == ("soft_opt_in", "A7", "GB")
    assert may(ann, offers)
    no = {
        "type": "track",
        "event": "Consent Withdrawn",
        "userId": "user-1",
        "properties": {"purpose": "offers"},
    }
    live.ingest([no])
    live.ingest([order("m2")])
    assert not may(ann, offers)
    assert Consent.objects.get(person=ann, purpose=offers, channel="email").state == "withdrawn"


def test_taking_the_country_out_stops_at_once(live: Any, person: Any, offers: Purpose) -> None:
    ann = person(email="ann@example.org", country="GB")
    live.ingest([order("m1")])
    Purpose.objects.update(soft_opt_in_countries=[])
    assert not may(ann, offers)


@pytest.mark.parametrize(("country", "properties"), [
    ("US", {}), ("", {}), ("GB", {"opt_out_offered": False}), ("GB", {"opt_out_offered": "true"}),
])  # fmt: skip
def test_without_the_country_or_the_offer_there_is_none(
    live: Any, person: Any, offers: Purpose, country: str, properties: dict[str, Any]
) -> None:
    ann = person(email="ann@example.org", **({"country": country} if country else {}))
    live.ingest([order("m1", **properties)])
    assert not ConsentRecord.objects.filter(person=ann).exists()


def test_an_order_by_a_key_that_stands_in_a_page_is_no_evidence(
    live: Any, person: Any, offers: Purpose
) -> None:
    Source.objects.create(name="page", kind="website", write_key="wk_page")
    ann = person(email="ann@example.org", country="GB")
    live.ingest([order("m1")], source="page")
    assert not may(ann, offers)
