"""Inbound webhooks end to end: durable before the answer, proved, mapped, replayed."""

import json
import time

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from rapport.core.clock import SYSTEM
from rapport.events.models import LogBatch
from rapport.events.services import sources
from rapport.transfers.feeds.services import receiving, taking, webhooks
from rapport.transfers.feeds.tests.conftest import GENERIC, signature
from rapport.transfers.models import Received

pytestmark = pytest.mark.django_db


def states():
    return list(Received.objects.order_by("pk").values_list("state", flat=True))


def test_a_delivery_is_kept_then_becomes_an_event_on_the_persons_timeline(webhook, send, live, actor):
    from rapport.events.queries import timeline
    from rapport.people.queries import find

    assert send(webhook, GENERIC.sample).status_code == 200
    assert states() == ["waiting"]
    assert taking.run_once() == 1
    live.settle()
    person = find(actor, "email:ada@example.org")
    assert {event.event for event in timeline(actor, person.pk)} == {"Appointment Booked", "Identified"}


def test_the_same_delivery_twice_is_one_event(webhook, send, live, actor):
    from rapport.events.queries import received

    for _ in range(2):
        send(webhook, GENERIC.sample)
        taking.run_once()
    live.settle()
    assert received(actor, webhook.source) == 2  # the event and its identify call


def test_before_a_mapping_exists_payloads_wait_and_are_then_taken(db, actor, send):
    webhook = webhooks.create_webhook(actor=actor, name="Later")
    assert send(webhook, GENERIC.sample).status_code == 200
    assert taking.run_once() == 0
    webhooks.save_mapping(
        actor=actor, webhook_id=webhook.pk, mapping=GENERIC.mapping, sample=json.dumps(GENERIC.sample)
    )
    assert taking.run_once() == 1
    assert states() == ["done"]


def test_a_payload_that_cannot_be_mapped_is_kept_and_taken_after_the_mapping_is_mended(webhook, send, actor):
    odd = {"kind": "Visit", "who": "4711"}
    send(webhook, odd)
    taking.run_once()
    assert states() == ["failed"]
    assert "user_id" in Received.objects.get().reason
    mended = {"event": "kind", "user_id": "who"}
    webhooks.save_mapping(actor=actor, webhook_id=webhook.pk, mapping=mended, sample=json.dumps(odd))
    assert webhooks.replay(actor=actor, webhook_id=webhook.pk) == 1
    taking.run_once()
    assert states() == ["done"]
    assert LogBatch.objects.count() == 1


def test_a_poisoned_payload_does_not_hold_up_those_behind_it(webhook, send):
    Received.objects.create(webhook=webhook, body="not json at all")
    send(webhook, GENERIC.sample)
    taking.run_once()
    assert states() == ["failed", "done"]


def test_events_and_the_mark_are_written_together_or_not_at_all(webhook, send, monkeypatch):
    send(webhook, GENERIC.sample)
    monkeypatch.setattr(Received.objects.__class__, "bulk_update", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        taking.run_once()
    assert states() == ["waiting"]
    assert not LogBatch.objects.exists()


def test_a_mapping_that_makes_no_event_of_its_sample_is_not_saved(webhook, actor):
    with pytest.raises(ValidationError) as caught:
        webhooks.save_mapping(actor=actor, webhook_id=webhook.pk, mapping={"event": "x"}, sample="{}")
    assert {"event", "user_id"} <= set(caught.value.message_dict)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"--x", "multipart/form-data; boundary=x", 415),
        (b'{"a":"' + b"x" * receiving.MAX_BODY + b'"}', "application/json", 413),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason_and_not_kept(webhook, send, body, kind, status):
    answer = send(webhook, body, content_type=kind)
    assert (answer.status_code, Received.objects.count()) == (status, 0)
    assert answer.json()["error"]["message"]


def test_a_form_is_an_object_of_its_fields(webhook, send):
    body = b"event=Called&user_id=7&email=a%40example.org"
    assert send(webhook, body, content_type="application/x-www-form-urlencoded").status_code == 200
    taking.run_once()
    assert states() == ["done"]


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_a_signed_source_takes_only_what_is_signed(webhook, send, actor, encoding):
    webhooks.secure(
        actor=actor, webhook_id=webhook.pk, signing="hmac", secret="s3", header="X-Sign", prefix="sha256="
    )
    body = json.dumps(GENERIC.sample).encode()
    good = "sha256=" + signature(b"s3", body, encoding)
    assert send(webhook, body, **{"X-Sign": good}).status_code == 200
    assert send(webhook, body + b" ", **{"X-Sign": good}).status_code == 401
    assert send(webhook, body).status_code == 401
    assert "x-sign" not in Received.objects.get().headers


@pytest.mark.parametrize(("age", "status"), [(0, 200), (200, 200), (400, 401), (-400, 401)])
def test_standard_webhooks_are_verified_within_the_replay_window(webhook, send, actor, age, status):
    webhooks.secure(actor=actor, webhook_id=webhook.pk, signing="standard", secret="whsec_c2VjcmV0")
    body, stamp = json.dumps(GENERIC.sample).encode(), str(int(time.time()) - age)
    signed = signature(b"secret", f"msg_1.{stamp}.".encode() + body, "base64")
    headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,bad v1,{signed}"}
    assert send(webhook, body, **headers).status_code == status


def test_stripe_signatures_are_verified(webhook, send, actor):
    webhooks.secure(actor=actor, webhook_id=webhook.pk, signing="stripe", secret="whsec_x")
    body, stamp = json.dumps(GENERIC.sample).encode(), str(int(time.time()))
    signed = signature(b"whsec_x", f"{stamp}.".encode() + body)
    assert send(webhook, body, **{"Stripe-Signature": f"t={stamp},v1={signed}"}).status_code == 200
    assert send(webhook, body, **{"Stripe-Signature": f"t={stamp},v1={'0' * 64}"}).status_code == 401


def test_more_than_the_limit_are_asked_to_wait(webhook, send, actor):
    webhooks.secure(actor=actor, webhook_id=webhook.pk, per_minute=2)
    answers = [send(webhook, GENERIC.sample) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 61


def test_unknown_replaced_and_switched_off_addresses_take_nothing(webhook, send, actor, client):
    old = webhook.token
    webhooks.rotate_token(actor=actor, webhook_id=webhook.pk)
    assert send(webhook, GENERIC.sample).status_code == 404
    webhook.refresh_from_db()
    sources.disable_source(actor=actor, source_id=webhook.source_id)
    assert (send(webhook, GENERIC.sample).status_code, client.get(f"/in/{old}").status_code) == (404, 405)


def test_dealt_with_payloads_are_forgotten_failed_ones_never(webhook):
    rows = [Received(webhook=webhook, body="{}", state="done") for _ in range(60)]
    Received.objects.bulk_create([*rows, Received(webhook=webhook, body="{}", state="failed")])
    Received.objects.filter(state="failed").update(at="2020-01-01T00:00:00Z")
    taking.delete_old(SYSTEM.now())
    assert (states().count("done"), states().count("failed")) == (49, 1)


def test_only_who_may_edit_data_makes_webhooks(actor_in_role):
    with pytest.raises(PermissionDenied):
        webhooks.create_webhook(actor=actor_in_role("analyst"), name="X")


def test_erasing_a_person_forgets_the_payloads_that_name_him(webhook, send, live, actor):
    from rapport.people.queries import find
    from rapport.transfers.feeds.services import personal_data

    send(webhook, GENERIC.sample)
    send(webhook, {"broken": "ADA@example.org"})
    send(webhook, {**GENERIC.sample, "id": "2", "user_id": "other", "email": "bob@example.org"})
    taking.run_once()
    live.settle()
    person = find(actor, "email:ada@example.org")
    assert len(personal_data.export([person.pk])["received_payloads"]) == 2
    personal_data.erase([person.pk])
    assert [json.loads(row.body)["email"] for row in Received.objects.all()] == ["bob@example.org"]
