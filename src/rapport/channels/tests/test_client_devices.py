"""What browsers and apps call with a public write key: devices register, move with their user, and are detached."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import jwt
import pytest

from rapport.channels import personal_data
from rapport.channels.incoming import ReceiptKind
from rapport.channels.push import reports
from rapport.channels.push.models import Device, VapidKey
from rapport.channels.registry import INCOMING_LISTENERS
from rapport.events.models import Source
from rapport.events.services import user_tokens

TOKEN = "fcm-token-0123456789"


@pytest.fixture
def source(db):
    return Source.objects.create(
        name="app", kind="app", write_key="wk_app", allowed_origins=["https://shop.example"]
    )


@pytest.fixture
def call(client, source):
    def post(path: str, headers: dict[str, str] | None = None, **body):
        data = json.dumps({"writeKey": "wk_app", **body})
        return client.post(f"/client/v1/{path}", data, content_type="text/plain", headers=headers or {})

    return post


def signed(source: Source, user_id: str, days: float = 0.5, key: str = "") -> str:
    expires = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    return jwt.encode({"sub": user_id, "exp": expires}, key or user_tokens.secret(source), algorithm="HS256")


def test_a_device_belongs_to_whoever_uses_the_app(call, live):
    assert call("devices", kind="fcm", token=TOKEN, anonymousId="a1", language="de").status_code == 200
    live.ingest([{"type": "track", "event": "Seen", "anonymousId": "a1"}])
    device = Device.objects.get()
    assert device.person.identifiers.get().value == "a1"
    assert (device.language, device.source, device.is_proven) == ("de", "app", False)
    assert TOKEN not in device.sealed


def test_the_same_device_of_another_user_moves(call):
    call("devices", kind="fcm", token=TOKEN, anonymousId="a1")
    call("devices", kind="fcm", token=TOKEN, anonymousId="a2")
    assert Device.objects.get().person.identifiers.get().value == "a2"


def test_signing_out_takes_the_device_along(call):
    call("devices", kind="fcm", token=TOKEN, anonymousId="a1")
    assert call("devices/detachment", kind="fcm", token=TOKEN).status_code == 200
    assert Device.objects.get().gone_because == "detached"
    call("devices", kind="fcm", token=TOKEN, anonymousId="a1")
    assert Device.objects.get().gone_at is None


def test_a_user_id_alone_proves_nothing(call, source, person):
    ada = person(user_id="u1", email="ada@example.org")
    call("devices", kind="fcm", token=TOKEN, anonymousId="a9", userId="u1")
    assert Device.objects.get().person != ada
    call("devices", kind="fcm", token=TOKEN, anonymousId="a8", userToken=signed(source, "u1"))
    device = Device.objects.get()
    assert (device.person, device.is_proven) == (ada, True)


@pytest.mark.parametrize(
    ("days", "key"), [(-1, ""), (3, ""), (0.5, "another secret of that length, as is asked")]
)
def test_user_tokens_that_prove_nothing_are_refused(call, source, days, key):
    answer = call(
        "devices", kind="fcm", token=TOKEN, anonymousId="a", userToken=signed(source, "u1", days, key)
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_user_token")


def test_an_unsigned_token_is_refused(call, source):
    claims = {"sub": "u1", "exp": dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)}
    answer = call(
        "devices",
        kind="fcm",
        token=TOKEN,
        anonymousId="a",
        userToken=jwt.encode(claims, "", algorithm="none"),
    )
    assert answer.status_code == 401


def test_the_secret_of_user_tokens_is_replaced_with_the_write_key(source):
    before = user_tokens.secret(source)
    source.write_key = "wk_new"
    assert user_tokens.secret(source) != before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"writeKey": "wk_none", "kind": "fcm", "token": TOKEN, "anonymousId": "a"}, 401),
        ({"kind": "fcm", "token": TOKEN}, 422),
        ({"kind": "fcm", "token": TOKEN, "anonymousId": "null"}, 422),
        ({"kind": "pager", "token": TOKEN, "anonymousId": "a"}, 422),
        ({"kind": "fcm", "token": 7, "anonymousId": "a"}, 422),
        ({"kind": "apns", "token": "not hexadecimal", "anonymousId": "a"}, 422),
        ({"kind": "web", "subscription": {"endpoint": "https://evil.example/x"}, "anonymousId": "a"}, 422),
        (
            {
                "kind": "web",
                "anonymousId": "a",
                "subscription": {
                    "endpoint": "http://169.254.169.254/latest",
                    "keys": {"p256dh": "BA" + "A" * 85, "auth": "A" * 22},
                },
            },
            422,
        ),
    ],
)
def test_what_is_no_device_is_refused(call, body, status):
    assert call("devices", **body).status_code == status
    assert not Device.objects.exists()


def test_a_page_of_another_origin_is_refused(call):
    headers = {"Origin": "https://evil.example"}
    assert call("devices", headers, kind="fcm", token=TOKEN, anonymousId="a").status_code == 403
    answer = call("devices", {"Origin": "https://shop.example"}, kind="fcm", token=TOKEN, anonymousId="a")
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"


def test_nobody_fills_a_person_with_devices(call):
    for at in range(25):
        call("devices", kind="fcm", token=f"{TOKEN}-{at}", anonymousId="a")
    assert Device.objects.filter(gone_at=None).count() == 20


def test_the_key_of_the_installation_is_made_once(client, source):
    first = client.get("/client/v1/push?writeKey=wk_app").json()["publicKey"]
    assert first == client.get("/client/v1/push?writeKey=wk_app").json()["publicKey"]
    assert "PRIVATE" not in VapidKey.objects.get().sealed


def test_only_a_signed_token_reports(call, client, db):
    heard = []
    with INCOMING_LISTENERS.temporarily(test=lambda *what: heard.append(what)):
        reference = str(uuid.uuid4())
        good = {"token": reports.signed(reference), "event": "clicked"}
        assert (
            client.post("/client/v1/reports", json.dumps(good), content_type="text/plain").status_code == 204
        )
        bad = {"token": good["token"][:-2] + "AA", "event": "clicked"}
        assert (
            client.post("/client/v1/reports", json.dumps(bad), content_type="text/plain").status_code == 404
        )
    ((channel, (receipt,), _now),) = heard
    assert (channel, receipt.kind, receipt.reference) == ("push", ReceiptKind.CLICKED, reference)


def test_a_person_gets_and_forgets_their_devices(call):
    call("devices", kind="fcm", token=TOKEN, anonymousId="a1", name="Pixel")
    person_id = Device.objects.get().person_id
    (device,) = personal_data.export([person_id])["devices"]
    assert device["name"] == "Pixel"
    assert TOKEN not in json.dumps(device)
    assert personal_data.erase([person_id])["channels_device"] == 1
    assert not Device.objects.exists()


def seen(at: int, anonymous_id: str, **context) -> dict:
    moment = dt.datetime(2026, 3, 2, tzinfo=dt.UTC) + dt.timedelta(hours=at)
    device = {"token": "a1" * 32, "type": "ios", "model": "iPhone17,1"}
    return {
        "type": "track",
        "event": "Application Opened",
        "anonymousId": anonymous_id,
        "timestamp": moment.isoformat(),
        "context": {"device": device, "app": {"namespace": "com.example.shop"}, "locale": "de-DE"} | context,
    }


def test_segments_own_events_register_devices(live):
    live.ingest([seen(0, "a1"), seen(1, "a1"), {"type": "track", "event": "Seen", "anonymousId": "a1"}])
    device = Device.objects.get()
    assert (device.kind, device.app, device.name) == ("apns", "com.example.shop", "iPhone17,1")
    assert device.person.identifiers.get().value == "a1"
    first = device.last_seen_at
    live.ingest([seen(3, "a1"), seen(4, "a1", device={"token": {"odd": 1}})])
    device.refresh_from_db()
    assert device.last_seen_at == first
    live.ingest([seen(30, "a2")])
    device.refresh_from_db()
    assert device.person.identifiers.get().value == "a2"


def test_late_events_from_before_a_sign_out_bring_no_device_back(live, call):
    live.ingest([seen(0, "a1")])
    call("devices/detachment", kind="apns", token="A1" * 32)
    live.ingest([seen(2, "a1")])
    assert Device.objects.get().gone_because == "detached"
