"""Who asks too often is told to wait: keys, browsers and apps, and callers whose calls are not proved."""

import json

import pytest

from rapport.channels.models import ChannelAccount
from rapport.core.access import for_user
from rapport.core.clock import SYSTEM
from rapport.core.services import keys, rates, standard_webhooks
from rapport.messaging.views import channel_calls


def test_a_key_sends_so_many_messages_a_minute(client, user, settings):
    settings.MESSAGES_PER_MINUTE = 2
    _key, secret = keys.create(actor=for_user(user), name="shop", scopes=["messages.send"], role="")
    _key, other = keys.create(actor=for_user(user), name="other", scopes=["messages.send"], role="")

    def send(bearer):
        body = json.dumps({"channel": "email"})
        headers = {"authorization": f"Bearer {bearer}", "idempotency-key": "same"}
        return client.post("/api/v1/messages", body, content_type="application/json", headers=headers)

    assert [send(secret).status_code for _call in range(4)] == [422, 422, 429, 429]
    answer = send(secret)
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer["Content-Type"] == "application/problem+json"
    assert send(other).status_code == 422
    settings.MESSAGES_PER_MINUTE = 0
    assert send(secret).status_code == 422


@pytest.mark.parametrize("path", ["/client/v1/inbox", "/client/v1/push", "/client/v1/onsite"])
def test_an_address_asks_so_often_for_whatever_a_page_may(client, db, settings, path):
    settings.CLIENT_PER_MINUTE = 2
    answers = [client.get(path, headers={"origin": "https://shop.example"}) for _call in range(3)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0
    assert answers[-1]["Access-Control-Allow-Origin"] == "https://shop.example"
    assert client.get(path, REMOTE_ADDR="203.0.113.9").status_code == answers[0].status_code


def test_who_guesses_addresses_of_providers_is_not_heard_any_more(client, db, monkeypatch):
    monkeypatch.setattr(channel_calls, "MOST_REFUSED", 2)
    account = ChannelAccount.objects.create(
        channel="webhook",
        adapter="webhook",
        name="Hook",
        token="right",
        created_by="ada",
        settings={"secret": standard_webhooks.new_secret()},
    )
    statuses = [client.post(f"/hooks/channels/{token}").status_code for token in ("right", "no", "no", "no")]
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]
    account.refresh_from_db()
    assert account.calls_refused == 1
    assert client.post("/hooks/channels/no", REMOTE_ADDR="203.0.113.9").status_code == 404


def test_counts_begin_anew_with_the_span_and_are_forgotten(db):
    import datetime as dt

    now = SYSTEM.now()
    options = {"limit": 1, "seconds": 60}
    assert [rates.exceeded("x", "k", now=now, **options) for _call in range(2)] == [False, True]
    assert rates.is_exceeded("x", "k", now=now, **options)
    later = now + dt.timedelta(seconds=61)
    assert not rates.is_exceeded("x", "k", now=later, **options)
    assert not rates.exceeded("x", "k", now=later, **options)
    rates.forget_old(later + dt.timedelta(minutes=5))
    assert not rates.is_exceeded("x", "k", now=later, **options)
