"""Endpoints in the settings and over REST: secrets once, what may be seen, and every button."""

import json

import pytest

from rapport.core.services import keys
from rapport.integrations.models import WebhookEndpoint, WebhookMessage
from rapport.integrations.services import endpoints, replaying

ROOT = "/api/v1/webhook-endpoints"


@pytest.fixture
def call(client, maker):
    """`call("post", "/api/…", {...})` with a key of the owner's."""
    _key, secret = keys.create(actor=maker, name="hooks", role="admin", scopes=[])

    def ask(method, path, body=None):
        return client.generic(
            method.upper(), path, json.dumps(body) if body is not None else "",
            content_type="application/json", headers={"authorization": f"Bearer {secret}"},
        )  # fmt: skip

    return ask


def test_an_endpoint_lives_over_rest(call, receiver, order, work):
    answer = call("post", ROOT, {"name": "ERP", "url": receiver.url, "events": ["Order *"]})
    assert answer.status_code == 201
    address = f"{ROOT}/{answer.json()['id']}"
    order(1)
    work()
    receiver.verify(answer.json()["secret"])
    assert "secret" not in call("get", address).json()
    assert call("get", ROOT).json()["data"][0]["queue"] == {"waiting": 0, "oldest": None, "failed": 0}
    [message] = call("get", f"{address}/messages").json()["data"]
    full = call("get", f"{address}/messages/{message['id']}").json()
    assert full["payload"]["type"] == "Order Completed"
    assert [entry["status"] for entry in full["tries"]] == [204]
    assert call("post", f"{address}/messages/{message['id']}/resends").status_code == 202
    rotated = call("post", f"{address}/secret-rotations", {"overlap_hours": 0}).json()["secret"]
    work(seconds=1)
    receiver.verify(rotated)
    assert call("delete", address).status_code == 204
    assert not WebhookEndpoint.objects.exists()


def test_disabling_testing_and_replaying_over_rest(call, endpoint, receiver, work):
    address = f"{ROOT}/{endpoint.pk}"
    assert call("patch", address, {"disabled": True}).json()["disabled_because"] == "by_hand"
    span = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    assert call("post", f"{address}/replays", span).status_code == 409
    assert call("post", f"{address}/tests").status_code == 202
    assert call("patch", address, {"disabled": False}).json()["disabled_at"] is None
    assert call("post", f"{address}/replays", span).status_code == 202
    assert call("post", f"{address}/replays", span).status_code == 409
    refused = call("post", f"{address}/replays", span | {"until": "2025-01-01T00:00:00Z"})
    assert refused.json()["errors"][0]["pointer"] == "/body/until"
    work()
    assert len(receiver.got) == 1


def test_what_cannot_be_set_up_says_where(call, settings):
    settings.OUTBOUND_ALLOW = []
    refused = call("post", ROOT, {"name": "ERP", "url": "http://10.0.0.1/", "events": ["a*b"]})
    assert refused.status_code == 422
    assert {entry["pointer"] for entry in refused.json()["errors"]} == {"/body/url", "/body/events"}


def test_the_pages_show_the_secret_once(page, receiver, live):
    form = {"name": "ERP", "url": receiver.url, "events": "Order *\nMessage Bounced"}
    answer = page.post("/settings/webhooks/new/", form)
    assert b"whsec_" in answer.content
    row = WebhookEndpoint.objects.get()
    assert row.events == ["Order *", "Message Bounced"]
    address = f"/settings/webhooks/{row.pk}/"
    assert b"whsec_" not in page.get(address).content
    assert b"whsec_" in page.post(f"{address}secret/", {"overlap_hours": "24"}).content
    assert page.post(f"{address}secret/", {"overlap_hours": "999"}).status_code == 422
    assert page.post("/settings/webhooks/new/", form | {"url": "ftp://x"}).status_code == 422


def test_every_button_of_an_endpoint(page, endpoint, order, work):
    address = f"/settings/webhooks/{endpoint.pk}/"
    order(1)
    work()
    message = WebhookMessage.objects.get()
    assert page.get(f"{address}messages/{message.pk}/").status_code == 200
    assert page.post(address, {"name": "BI", "url": endpoint.url, "events": "Order *"}).status_code == 302
    for step, form in (
        ("test/", {}),
        ("state/", {}),
        ("state/", {"undo": "1"}),
        (f"messages/{message.pk}/resend/", {}),
    ):
        assert page.post(address + step, form).status_code == 302
    span = {"since": "2026-01-01T00:00", "until": "2026-01-02T00:00"}
    assert page.post(f"{address}replay/", span | {"until": ""}).status_code == 422
    assert page.post(f"{address}replay/", span).status_code == 302
    assert page.post(f"{address}replay/", span).status_code == 422
    assert page.get(f"{address}?state=delivered").status_code == 200
    assert page.post(f"{address}deletion/").status_code == 302
    assert not WebhookEndpoint.objects.exists()


def test_who_may_not_see_a_person_does_not_see_what_was_told(endpoint, order, work, actor_in_role):
    from rapport.core.access import Actor
    from rapport.integrations.services.payloads import Renderer

    order(1)
    stranger = Actor("user", "9", "eve", {})
    assert Renderer(stranger, [WebhookMessage.objects.get()]).data(WebhookMessage.objects.get()) is None


def test_only_what_was_given_up_is_sent_again(endpoint, receiver, order, work, maker):
    import datetime as dt

    from rapport.core import jobs
    from rapport.core.clock import SYSTEM

    order(1)
    order(2)
    work()
    WebhookMessage.objects.filter(message_id="order-2").update(state="failed")
    now = SYSTEM.now()
    span = replaying.Span(now - dt.timedelta(days=1), now + dt.timedelta(days=1), only_failed=True)
    replaying.order(actor=maker, endpoint_id=endpoint.pk, span=span)
    jobs.run_due(replaying.KIND)
    work(seconds=1)
    assert len(receiver.got) == 3
    assert endpoints.State.FAILED not in WebhookMessage.objects.values_list("state", flat=True)
