"""Receivers that fail, hang, drip, redirect inside or answer without end hurt themselves only."""

import datetime as dt
import json
import threading
from email.utils import format_datetime

import pytest

from rapport.core import access
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.models import AuditEntry
from rapport.integrations.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from rapport.integrations.services import endpoints, recording, sending
from rapport.integrations.services.sending import Dispatcher


def test_a_receiver_that_is_gone_is_left_alone_at_once(endpoint, receiver, order, work, maker):
    receiver.answers = [410]
    order(1)
    work()
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == "gone"
    assert AuditEntry.objects.filter(action="webhook_endpoint.ended").exists()
    endpoints.enable(actor=maker, endpoint_id=endpoint.pk)
    work()
    assert WebhookMessage.objects.get().state == "delivered"


def test_one_that_fails_for_three_days_is_disabled_and_what_waits_is_kept(endpoint, receiver, order, work):
    receiver.always = 500
    order(1)
    later = dt.timedelta(0)
    for pause in [dt.timedelta(0), *recording.WAITS]:
        later += pause + dt.timedelta(seconds=1)
        work(seconds=later.total_seconds())
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == "failing"
    assert WebhookMessage.objects.get().state == "failed"
    assert dt.timedelta(days=3) < later < dt.timedelta(days=4)


def test_a_single_success_keeps_an_endpoint_in_use(endpoint, receiver, order, work):
    receiver.answers = [500]
    order(1)
    work()
    work(minutes=2)
    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.failures) == (None, 0)


def test_a_redirect_to_the_inside_is_not_followed(endpoint, receiver, order, work):
    receiver.answers = [
        lambda handler: handler.reply(307, location="http://169.254.169.254/latest/meta-data")
    ]
    order(1)
    work()
    message = WebhookMessage.objects.get()
    assert message.tries.get().status == 307
    assert "redirect" in message.last_error


def test_an_address_that_now_leads_inside_is_not_asked(endpoint, receiver, order, work, settings):
    settings.OUTBOUND_ALLOW = []
    order(1)
    work()
    assert receiver.got == []
    assert "not on the public internet" in WebhookMessage.objects.get().last_error


def test_of_an_endless_answer_only_the_beginning_is_read_and_kept(endpoint, receiver, order, work):
    def flood(handler):
        handler.send_response(200)
        handler.send_header("content-length", str(10**9))
        handler.end_headers()
        for _chunk in range(1_000):
            handler.wfile.write(b"a" * 100_000)

    receiver.answers = [flood]
    order(1)
    work()
    assert WebhookMessage.objects.get().state == "delivered"
    assert len(WebhookAttempt.objects.get().response) == 500


def test_an_answer_that_comes_drop_by_drop_ends(endpoint, receiver, order, work, monkeypatch):
    released = threading.Event()

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        while not released.wait(0.05):
            handler.wfile.write(b"a")

    monkeypatch.setattr(sending, "WHOLE", 0.3)
    receiver.answers = [drip]
    order(1)
    work()
    released.set()
    assert WebhookMessage.objects.get().tries.get().status is None


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_what_a_receiver_asks_for_is_kept(endpoint, receiver, order, work, form):
    date = format_datetime(SYSTEM.now() + dt.timedelta(minutes=10), usegmt=True)
    retry_after = {"seconds": "600", "date": date}[form]
    receiver.answers = [lambda handler: handler.reply(429, retry_after=retry_after)]
    order(1)
    order(2)
    work()
    work(minutes=5)
    assert len(receiver.got) <= 2
    seen = len(receiver.got)
    work(minutes=11)
    assert len(receiver.got) > seen
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"delivered"}


@pytest.mark.parametrize("text", ["", "soon", "-5", "9" * 400, "Fri, 31 Dec 9999 23:59:59 -2359", "²", "1e9"])
def test_whatever_a_receiver_asks_for_is_at_most_a_day(text):
    reply = recording.Reply(503, "", 0.1, text)
    assert dt.timedelta(0) <= reply.wait(SYSTEM.now()) <= dt.timedelta(days=1)


def test_a_receiver_that_hangs_holds_up_nobody(endpoint, receiver, receivers, order, maker):
    other, released = receivers(), threading.Event()
    endpoints.create(actor=maker, name="BI", url=other.url, events=["Order *"])
    receiver.always = lambda handler: (released.wait(30), handler.reply(204))
    for number in range(20):
        order(number)
    dispatcher, clock = Dispatcher(), VirtualClock(SYSTEM.now())
    while WebhookMessage.objects.filter(endpoint__name="BI", state="waiting").exists():
        dispatcher.run_once(clock)
    assert len(other.got) == 20
    assert len(receiver.got) <= sending.AT_ONCE
    released.set()
    dispatcher.close()


@pytest.mark.parametrize("reopened", [True, False])
def test_an_answer_to_what_was_reopened_or_erased_meanwhile_changes_nothing(
    endpoint, receiver, order, maker, reopened
):
    released = threading.Event()
    receiver.answers = [lambda handler: (released.wait(30), handler.reply(500))]
    order(1)
    dispatcher, clock = Dispatcher(), VirtualClock(SYSTEM.now())
    dispatcher.run_once(clock)
    message = WebhookMessage.objects.get()
    if reopened:
        endpoints.resend(actor=maker, endpoint_id=endpoint.pk, message_id=message.pk, clock=clock)
    else:
        message.delete()
    released.set()
    while dispatcher.run_once(clock):
        pass
    dispatcher.close()
    assert len(receiver.got) == (2 if reopened else 1)
    assert [row.state for row in WebhookMessage.objects.all()] == (["delivered"] if reopened else [])


def test_a_worker_that_died_is_followed_by_another_under_the_same_id(endpoint, receiver, order, work):
    order(1)
    WebhookMessage.objects.update(lease_until=SYSTEM.now() + sending.LEASE, attempts=1, fence=1)
    work()
    assert receiver.got == []
    work(minutes=3)
    assert WebhookMessage.objects.get().state == "delivered"


def test_a_poisoned_property_is_told_as_it_is(endpoint, receiver, order, work):
    order(1, text="a\u0000b😀</script>", deep={"a": [{"b": None}]})
    work()
    receiver.verify(endpoint.shown)
    assert json.loads(receiver.got[0][1])["data"]["properties"]["deep"] == {"a": [{"b": None}]}


def test_keys_act_within_their_scope(live, maker, receiver, order, work, user):
    from rapport.core.services import keys

    key, _secret = keys.create(
        actor=maker, name="hooks", role="", scopes=["webhooks.edit", "webhooks.view", "people.view"]
    )
    endpoints.create(actor=access.for_key(key), name="By key", url=receiver.url, events=["Order *"])
    keys.revoke(actor=maker, key_id=key.pk)
    order(1)
    work()
    assert receiver.got == []
    assert WebhookEndpoint.objects.get().disabled_because == "rights"
