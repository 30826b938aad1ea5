"""Consent receipts have what ISO/IEC TS 27560:2023 demands, and prove what was decided.

The standard's fields and which of them are mandatory are those that the W3C's Data Privacy Vocabularies and Controls
Community Group lists in its implementation guide (https://w3id.org/dpv/guides/consent-27560, "Mappings of Terms"); the
standard publishes no schema that programs could read.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import jsonschema
import pytest
from django.urls import reverse

from rapport.core import access
from rapport.core.clock import VirtualClock
from rapport.core.models import Workspace
from rapport.governance import queries, receipts
from rapport.governance.services import consent
from rapport.people.models import Person

pytestmark = pytest.mark.django_db
DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TEXT = {"type": "string", "minLength": 1}


def an_object(*mandatory: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(mandatory),
        "properties": dict.fromkeys(mandatory, TEXT) | properties,
    }


def a_list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": of}


PURPOSE = an_object(
    "purpose", "pii_information", "pii_controllers", "storage_locations", "retention_period", "jurisdiction",
    "recipient_third_parties", "withdrawal_method",
    pii_information=a_list(an_object("pii_type")), pii_controllers=a_list(TEXT), storage_locations=a_list(TEXT),
    recipient_third_parties={"type": "array"},
    lawful_basis={"enum": ["consent", "contract", "legitimate_interest", "legal_obligation"]},
)  # fmt: skip
EVENT = an_object(
    "event_time", "validity_duration", "entity_id", "event_type", "event_state",
    event_time={"type": "string", "format": "date-time"}, validity_duration={"type": ["integer", "string"]},
    event_type={"enum": ["explicit", "implied"]},
    event_state={"enum": ["consent given", "consent withdrawn", "consent requested"]},
)  # fmt: skip
PARTY = an_object("party_id", "party_name", "party_address", "party_contact", "party_type")
CONTENT = an_object(
    "record_id", "pii_principal_id", "pii_processing", "party_identification", "event",
    pii_processing=an_object("privacy_notice", "language", "purposes", purposes=a_list(PURPOSE)),
    party_identification=a_list(PARTY), event=a_list(EVENT),
)  # fmt: skip
SCHEMA = an_object("schema_version", "receipt_id", "content", content=CONTENT)


def say(person: Person, state: str = "granted", day: int = 0, **evidence: Any) -> Any:
    at = DAY + dt.timedelta(days=day)
    return consent.record(
        actor=access.system("test"), person_id=person.pk, purpose="newsletter", channel="email", state=state,
        at=at, source="form", evidence=evidence, clock=VirtualClock(at),
    )  # fmt: skip


@pytest.mark.parametrize("evidence", [{}, {"wording": "Yes", "language": "de", "expires_at": "2027-01-01"}])
def test_a_receipt_has_every_mandatory_field(person: Any, evidence: dict[str, str]) -> None:
    ada = person(email="ada@example.org")
    line = say(ada, **evidence)
    say(ada, "withdrawn", 3)
    receipt = queries.receipt_of(ada.pk, line.pk)
    jsonschema.validate(receipt, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [event["event_state"] for event in receipt["content"]["event"]] == [
        "consent given",
        "consent withdrawn",
    ]
    assert "ada@" not in str(receipt)


def test_it_names_the_words_the_notice_and_the_business(person: Any) -> None:
    Workspace.objects.create(
        name="Acme", privacy_url="https://acme.example/privacy", postal_address="1 Street"
    )
    line = say(person(), wording="Yes, write to me", form_version="v2")
    content = queries.receipt_of(line.person_id, line.pk)["content"]
    processing, party = content["pii_processing"], content["party_identification"][0]
    assert (processing["wording"], processing["form_version"]) == ("Yes, write to me", "v2")
    assert processing["privacy_notice"] == "https://acme.example/privacy"
    assert (party["party_name"], party["party_address"]) == ("Acme", "1 Street")


def test_it_is_signed_and_the_same_until_something_is_decided(person: Any) -> None:
    ada = person()
    line = say(ada)
    first, second = (queries.receipt_of(ada.pk, line.pk) for _ in range(2))
    assert first == second
    assert first["signature"] == receipts.signature(first)
    assert receipts.signature(first | {"schema_version": "x"}) != first["signature"]
    say(ada, "withdrawn", 1)
    third = queries.receipt_of(ada.pk, line.pk)
    assert third["content"]["record_id"] == first["content"]["record_id"]
    assert third["receipt_id"] != first["receipt_id"]


def test_it_is_had_over_the_api_and_on_the_profile_and_of_nobody_else(
    page: Any, api: Any, person: Any
) -> None:
    ada, bob = person(), person()
    line = say(ada)
    (entry,) = api("GET", f"/people/{ada.pk}/consents")[1]["data"]
    assert entry["id"] == line.pk
    status, receipt = api("GET", f"/people/{ada.pk}/consents/{line.pk}/receipt")
    assert (status, receipt["schema_version"]) == (200, receipts.SCHEMA)
    answer = page.get(reverse("governance:consent_receipt", args=[ada.pk, line.pk]))
    assert answer.json() == receipt
    assert "attachment" in answer["Content-Disposition"]
    assert api("GET", f"/people/{bob.pk}/consents/{line.pk}/receipt")[0] == 404
