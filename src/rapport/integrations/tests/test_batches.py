"""What is claimed ahead for a receiver that answers well: it goes at once, and comes back when something changes."""

import threading

import pytest

from rapport.core.clock import SYSTEM
from rapport.integrations.models import WebhookAttempt, WebhookMessage
from rapport.integrations.services import endpoints, personal_data, sending
from rapport.integrations.services.sending import Dispatcher
from rapport.people.queries import find


@pytest.fixture
def waiting(endpoint, order, work, actor):
    """`waiting(60)` lets so many messages wait for an endpoint that has answered well before."""

    def queue(number):
        order(0)
        work()
        now, person = SYSTEM.now(), find(actor, "user_id:u1")
        WebhookMessage.objects.bulk_create(
            WebhookMessage(
                endpoint=endpoint, webhook_id=f"msg_{index}", event="Order Completed", message_id=f"{index}",
                person_id=person.pk, at=now, created_at=now, next_attempt_at=now,
            )
            for index in range(number)
        )  # fmt: skip
        return person

    return queue


def run(dispatcher):
    while dispatcher.run_once():
        pass


def test_each_is_sent_once_with_a_try_of_its_own(receiver, waiting, work):
    waiting(150)
    work()
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == len(receiver.got) == 151
    assert WebhookMessage.objects.filter(state="delivered", lease_until=None, attempts=1).count() == 151
    assert WebhookAttempt.objects.filter(status=204).count() == 151


def test_when_the_receiver_begins_to_fail_what_was_claimed_ahead_was_not_tried(receiver, waiting, work):
    waiting(60)
    receiver.always = 500
    work()
    tried = len(receiver.got) - 1
    assert sending.AT_ONCE <= tried <= sending.QUICK + 3
    assert WebhookMessage.objects.filter(state="waiting", attempts=0, lease_until=None).count() == 60 - tried


def test_a_worker_that_stops_gives_back_what_it_claimed_ahead(receiver, waiting):
    waiting(60)
    dispatcher = Dispatcher()
    run(dispatcher)
    WebhookMessage.objects.update(state="waiting", attempts=0)
    receiver.got.clear()
    dispatcher.run_once()
    dispatcher.close()
    sent = WebhookMessage.objects.filter(state="delivered").count()
    assert 0 < sent == len(receiver.got) < 60
    assert WebhookMessage.objects.filter(state="waiting", attempts=0, lease_until=None).count() == 61 - sent


@pytest.mark.parametrize("change", ["disabled", "erased"])
def test_what_is_disabled_or_erased_meanwhile_does_not_follow(endpoint, receiver, waiting, maker, change):
    person, dispatcher, released = waiting(60), Dispatcher(), threading.Event()
    run(dispatcher)  # nothing of it is known to this one yet
    sent = len(receiver.got)
    assert sent == 61
    WebhookMessage.objects.update(state="waiting")
    receiver.always = lambda handler: (released.wait(30), handler.reply(204))
    dispatcher.run_once()
    if change == "disabled":
        endpoints.disable(actor=maker, endpoint_id=endpoint.pk)
    else:
        personal_data.erase([person.pk])
    dispatcher.run_once()
    released.set()
    run(dispatcher)
    assert len(receiver.got) <= sent + sending.QUICK
