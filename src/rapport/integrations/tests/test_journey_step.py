"""Journeys call programs by webhooks, and go on by what these answer: at once, later by the API, or never."""

from __future__ import annotations

import json

import pytest

from rapport.core.clock import SYSTEM
from rapport.events.models import Source
from rapport.integrations.models import WebhookMessage
from rapport.journeys.models import Enrolment, StepAnswer
from rapport.journeys.services import answering, journeys, loop


@pytest.fixture
def called(endpoint, receiver, work, person, actor):
    """Somebody at a step that calls a program; `called(answer)` is the run after the receiver gave that answer."""

    def call(answer):
        step = {
            "type": "webhook",
            "endpoint": str(endpoint.pk),
            "properties": {"list": "A"},
            "for": {"days": 1},
        }
        end = {"type": "wait", "for": {"days": 9}}
        definition = {
            "trigger": {"type": "api"},
            "start": "ask",
            "steps": {"ask": {**step, "next": "end"}, "end": end},
        }
        row = journeys.create(actor=actor, name="Score", definition=definition)
        journeys.publish(actor=actor, journey_id=row.pk)
        receiver.answers = [answer]
        ada = person(email="ada@example.com")
        journeys.enrol(actor=actor, journey_id=row.pk, person_id=ada.pk)
        loop.run_once(SYSTEM)
        work()
        loop.run_once(SYSTEM)
        return Enrolment.objects.get()

    return call


def test_what_the_receiver_answers_is_the_steps_answer(called, receiver):
    row = called(lambda handler: handler.reply(200, b'{"score": 7}'))
    [(_headers, body)] = receiver.got
    payload = json.loads(body)
    assert payload["type"] == "Journey Webhook"
    assert (payload["data"]["properties"]["enrolment"], payload["data"]["properties"]["list"]) == (
        row.pk,
        "A",
    )
    assert (row.step, row.data["ask"]) == ("end", {"score": 7})


def test_who_answers_later_does_so_by_the_api(called, actor):
    row = called(202)
    assert row.step == "ask"
    answering.answer(actor=actor, enrolment_id=row.pk, step="ask", branch="answered", answer={"score": 9})
    loop.run_once(SYSTEM)
    row.refresh_from_db()
    assert (row.step, row.data["ask"]) == ("end", {"score": 9})


def test_a_receiver_that_never_answers_is_a_branch_of_its_own(called, work, receiver):
    row = called(500)
    receiver.always = 500
    WebhookMessage.objects.update(attempts=20)
    work(hours=2)
    assert WebhookMessage.objects.get().state == "failed"
    loop.run_once(SYSTEM)
    assert row.passages.get().branch == "failed"


@pytest.mark.parametrize("message_id", ["x", "journey-%s-%s"])
def test_nobody_answers_for_a_journey_with_an_event_of_that_name(
    called, endpoint, live, work, receiver, message_id
):
    row = called(202)
    Source.objects.create(name="page", kind="website", write_key="wk_page")
    endpoint.events = ["*"]
    endpoint.save(update_fields=["events"])
    forged = message_id % (row.pk, row.moves) if "%" in message_id else message_id
    live.ingest(
        [{"type": "track", "event": "Journey Webhook", "userId": "u9", "messageId": forged}], source="page"
    )
    work()
    assert WebhookMessage.objects.get(source="page").state == "delivered"
    assert not StepAnswer.objects.exists()


def test_a_journey_calls_no_more_than_may_wait_for_the_receiver(called, receiver, settings):
    settings.WEBHOOK_QUEUE = 0
    row = called(200)
    assert (receiver.got, row.passages.get().branch) == ([], "failed")
