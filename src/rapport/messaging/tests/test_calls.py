"""Single messages over the API: taken once, sent to whom and where it says, cancelled in time, answered for."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import uuid
from base64 import b64encode
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import TestCase

from rapport.content.models import Template
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.services import incarnations
from rapport.governance.models import Purpose
from rapport.messaging.models import Delivery, MessageFile, Send
from rapport.messaging.services import files, personal_data
from rapport.messaging.tests import driving
from rapport.people.models import Person


@pytest.fixture
def clock() -> VirtualClock:
    """A minute from now, because the API asks the real clock, and a busy machine may take long over a test."""
    return VirtualClock(SYSTEM.now() + dt.timedelta(minutes=1))


@pytest.fixture
def receipt(db: None, settings: Any, clock: Any) -> Purpose:
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    incarnations.recognise(clock.now())
    return Purpose.objects.create(key="receipt", name="Receipt", basis="contract")


MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>{{ data.total }}</mj-text>"
    "</mj-column></mj-section></mj-body></mjml>"
)


def body_for(template: Template, **more: Any) -> dict[str, Any]:
    return {"template": template.key, "to": {"email": "ada@example.org"}, "purpose": "receipt"} | more


def test_a_message_goes_out_and_says_what_became_of_it(
    api: Any, receipt: Purpose, template: Template, channel: Any, sink: Any, clock: Any
) -> None:
    status, message = api("POST", "/messages", body_for(template))
    assert (status, message["state"]) == (202, "queued")
    driving.run_once(clock, 10, channel)
    assert sink.recipients == ["ada@example.org"]
    person = Person.objects.get()
    done = api("GET", f"/messages/{message['id']}")[1]
    assert (done["state"], done["address"]) == ("sent", "ada@example.org")
    assert done["explanation"]["gate"]["verdict"] == "allowed"
    listed = api("GET", f"/people/{person.pk}/messages")[1]["data"]
    assert [row["id"] for row in listed] == [message["id"]]


def test_the_same_key_gives_the_same_message_also_after_the_answer_is_forgotten(
    api: Any, receipt: Purpose, template: Template
) -> None:
    from rapport.core.models import IdempotentRequest

    first = api("POST", "/messages", body_for(template), **{"Idempotency-Key": "order-1"})
    again = api("POST", "/messages", body_for(template), **{"Idempotency-Key": "order-1"})
    IdempotentRequest.objects.all().delete()
    later = api("POST", "/messages", body_for(template), **{"Idempotency-Key": "order-1"})
    other = api("POST", "/messages", body_for(template), **{"Idempotency-Key": "order-2"})
    assert first[1]["id"] == again[1]["id"] == later[1]["id"] != other[1]["id"]
    assert Delivery.objects.count() == 2
    assert Send.objects.count() == 1


def test_the_data_of_the_call_and_another_address_are_used(
    api: Any, receipt: Purpose, new_person: Any, channel: Any, sink: Any, clock: Any
) -> None:
    ada = new_person("ada")
    ada.identifiers.create(type="email", value="old@example.org", first_seen_at=clock.now())
    content = {
        "subject": "Order {{ data.order }} for {{ person.first_name }}",
        "mjml": MJML,
    }
    body = {
        "content": content,
        "to": {"email": "old@example.org"},
        "purpose": "receipt",
        "data": {"order": "A-1"},
    }
    assert api("POST", "/messages", body)[0] == 202
    driving.run_once(clock, 10, channel)
    assert sink.recipients == ["old@example.org"]
    assert sink.message()["subject"] == "Order A-1 for Ada"
    assert Person.objects.count() == 1
    assert api("GET", "/templates")[1]["data"][0]["name"] != "Order"


def test_it_is_cancelled_in_time_and_not_afterwards(
    api: Any, receipt: Purpose, template: Template, channel: Any, sink: Any, clock: Any
) -> None:
    later = (clock.now() + dt.timedelta(days=2)).isoformat()
    waits = api("POST", "/messages", body_for(template, send_at=later))[1]["id"]
    gone = api("POST", "/messages", body_for(template))[1]["id"]
    driving.run_once(clock, 10, channel)
    assert len(sink.taken) == 1
    assert api("POST", f"/messages/{waits}/cancellation")[1]["reason"] == "cancelled"
    assert api("POST", f"/messages/{waits}/cancellation")[0] == 200
    assert api("POST", f"/messages/{gone}/cancellation")[0] == 409
    clock.advance(dt.timedelta(days=3))
    driving.run_once(clock, 10, channel)
    assert len(sink.taken) == 1


def test_one_that_waits_has_its_own_time_to_live(
    api: Any, receipt: Purpose, template: Template, channel: Any, sink: Any, clock: Any
) -> None:
    later = (clock.now() + dt.timedelta(days=2)).isoformat()
    late = api("POST", "/messages", body_for(template, send_at=later))[1]["id"]
    clock.advance(dt.timedelta(days=4))
    driving.run_once(clock, 10, channel)
    assert api("GET", f"/messages/{late}")[1]["reason"] == "late"
    assert sink.taken == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"template": "nowhere"}, "/body/template"),
        ({"template": ""}, "/body/template"),
        ({"content": {"subject": "x", "mjml": "<mjml>"}}, "/body/template"),
        ({"template": "", "content": {"subject": "{{ broken", "mjml": "<mjml></mjml>"}}, "/body/content"),
        ({"template": "", "content": {"subject": "x", "colour": "red"}}, "/body/content"),
        ({"purpose": "nothing"}, "/body/purpose"),
        ({"channel": "pigeon"}, "/body/channel"),
        ({"to": {}}, "/body/to"),
        ({"to": {"email": "a@b.example", "phone": "1"}}, "/body/to"),
        ({"to": {"email": "not an address"}}, "/body/to/email"),
        ({"to": {"shoe_size": "44"}}, "/body/to/shoe_size"),
        ({"send_at": "2099-01-01T00:00:00Z"}, "/body/send_at"),
        ({"data": {"x": "y" * 70_000}}, "/body/data"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_leaves_nothing(
    api: Any, receipt: Purpose, template: Template, change: dict[str, Any], pointer: str
) -> None:
    status, problem = api("POST", "/messages", body_for(template) | change)
    assert (status, [error["pointer"] for error in problem["errors"]]) == (422, [pointer])
    assert not Delivery.objects.exists()
    assert not Person.objects.exists()


def test_a_person_who_is_not_there_is_404(api: Any, receipt: Purpose, template: Template) -> None:
    assert api("POST", "/messages", body_for(template, to={"person": str(uuid.uuid4())}))[0] == 404


def test_marketing_by_call_needs_consent_like_any_other(
    api: Any, receipt: Purpose, purpose: Purpose, template: Template, channel: Any, sink: Any, clock: Any
) -> None:
    message = api("POST", "/messages", body_for(template, purpose="newsletter"))[1]["id"]
    driving.run_once(clock, 10, channel)
    assert api("GET", f"/messages/{message}")[1]["reason"] == "no_consent"
    assert sink.taken == []


def test_a_new_version_closes_what_the_old_one_stood_open_for(
    api: Any, actor: Any, receipt: Purpose, template: Template, channel: Any, clock: Any
) -> None:
    from rapport.content.services import templates

    api("POST", "/messages", body_for(template))
    templates.save_draft(actor=actor, template_id=template.pk, subject="New")
    templates.publish(actor=actor, template_id=template.pk)
    api("POST", "/messages", body_for(template))
    driving.run_once(clock, 10, channel)
    driving.run_once(clock, 10, channel)
    assert [send.completed_at is not None for send in Send.objects.order_by("pk")] == [True, False]


def test_the_gate_says_what_would_happen_without_sending(
    api: Any, purpose: Purpose, new_person: Any, consenting: Any
) -> None:
    bob, ada = new_person("bob"), consenting("ada")
    refused = api("POST", "/gate", {"person": str(bob.pk), "channel": "email", "purpose": "newsletter"})[1]
    assert (refused["allowed"], refused["reason"]) == (False, "no_consent")
    assert refused["because"][0]["check"] == "no_consent"
    allowed = api("POST", "/gate", {"person": str(ada.pk), "channel": "email", "purpose": "newsletter"})[1]
    assert (allowed["allowed"], allowed["reason"]) == (True, "")
    assert {check["check"] for check in allowed["because"]} >= {"consent", "purpose", "priority", "caps"}
    assert not Delivery.objects.exists()
    assert api("POST", "/gate", {"person": str(ada.pk), "channel": "fax", "purpose": "newsletter"})[0] == 422


def test_files_go_with_a_message_once_and_stay_with_it(
    api: Any, receipt: Purpose, template: Template, channel: Any, sink: Any, clock: Any
) -> None:
    invoice = {"name": "Rechnung ä.pdf", "type": "application/pdf", "content": b64encode(b"%PDF-1").decode()}
    body, key = body_for(template, attachments=[invoice]), {"Idempotency-Key": "k"}
    first, again = api("POST", "/messages", body, **key), api("POST", "/messages", body, **key)
    assert first == again
    driving.run_once(clock, 10, channel)
    mail = email.message_from_bytes(sink.taken[0][1], policy=email.policy.default)
    assert [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()] == [
        ("Rechnung ä.pdf", b"%PDF-1")
    ]
    file = MessageFile.objects.get()
    assert api("GET", f"/messages/{first[1]['id']}")[1]["files"][0]["name"] == "Rechnung ä.pdf"
    with TestCase.captureOnCommitCallbacks(execute=True):
        personal_data.erase([Person.objects.get().pk])
    assert (MessageFile.objects.count(), default_storage.exists(file.path)) == (0, False)


@pytest.mark.parametrize(("name", "size"), [("Invoice.pdf.EXE", 1), ("large.pdf", 10 * files.MB + 1)])
def test_files_that_cannot_be_carried_are_refused(
    api: Any, receipt: Purpose, template: Template, name: str, size: int, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 26
    file = {"name": name, "content": b64encode(bytes(size)).decode()}
    status, problem = api("POST", "/messages", body_for(template, attachments=[file]))
    assert (status, "/body/attachments" in str(problem)) == (422, True)
    assert not Delivery.objects.exists()
