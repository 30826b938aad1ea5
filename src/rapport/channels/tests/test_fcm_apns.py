"""Firebase and Apple over HTTP/2 with TLS: how they are signed in to, what they get, and what their answers mean."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from rapport.channels.protocol import Content, Result, Sender
from rapport.channels.push import apns, devices, fcm, notes
from rapport.channels.push.channel import PushChannel
from rapport.channels.push.models import Device
from rapport.channels.registry import WrongSettings
from rapport.channels.tests.http2_server import Http2Server, pem
from rapport.core.clock import VirtualClock

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HEX = "ab" * 32


@pytest.fixture(scope="module")
def keys():
    return {"google": rsa.generate_private_key(65537, 2048), "apple": ec.generate_private_key(ec.SECP256R1())}


@pytest.fixture(scope="module")
def server():
    running = Http2Server()
    yield running
    running.close()


@pytest.fixture
def clock():
    return VirtualClock(NOW)


@pytest.fixture
def channel(db, server, keys, settings, monkeypatch, clock):
    server.reset()
    settings.OUTBOUND_ALLOW = ["127.0.0.1", "localhost"]
    monkeypatch.setattr(notes, "VERIFY", server.trust)
    monkeypatch.setattr(fcm, "BASE", server.url)
    monkeypatch.setattr(fcm, "TOKENS", f"{server.url}/token")
    monkeypatch.setitem(apns.HOSTS, "production", server.url)
    server.answers["/token"] = (200, {}, {"access_token": "ya29.one", "expires_in": 3600})
    account = {"project_id": "shop", "client_email": "crm@shop.iam", "private_key": pem(keys["google"])}
    opened = PushChannel(
        {
            "web": False,
            "fcm_account": json.dumps(account),
            "apns_key": pem(keys["apple"]),
            "apns_key_id": "KEY1",
            "apns_team_id": "TEAM1",
            "apns_topic": "com.example.shop, com.example.pro",
        },
        clock,
    )
    yield opened
    opened.close()


@pytest.fixture
def ada(person):
    return person(email="ada@example.org")


def register(who, kind: str, token: str, **more) -> Device:
    return devices.register(person_id=who.pk, kind=kind, token=token, now=more.pop("now", NOW), **more)


def send(channel, *people, **fields: str):
    messages = []
    for who in people:
        given = {"title": "Hello", "body": "World", "url": "https://shop.example/x", **fields}
        content = Content(str(uuid.uuid4()), "", str(who.pk), "", "", "", NOW, fields=given)
        messages.append(notes.composer(Sender("Shop", ""), {})(content))
    return channel.deliver(messages)


SEND = "/v1/projects/shop/messages:send"
DEVICE = f"/3/device/{HEX}"


def refusal(status: int, code: str, **violation) -> tuple:
    details = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}]
    if violation:
        details.append({"fieldViolations": [violation]})
    return status, {}, {"error": {"code": status, "message": "no", "status": code, "details": details}}


def test_firebase_gets_a_signed_in_message_over_http_2(channel, server, keys, ada):
    register(ada, "fcm", "fcm-token-1")
    server.answers[SEND] = (200, {}, {"name": "projects/shop/messages/0:7"})
    (outcome,) = send(channel, ada, topic="stock", urgency="high", ttl="1")
    assert (outcome.result, outcome.provider_id) == (Result.ACCEPTED, "projects/shop/messages/0:7")
    sign_in, sent = server.received
    assert sent["version"] == "2"
    form = parse_qs(sign_in["body"].decode())
    claims = jwt.decode(
        form["assertion"][0],
        keys["google"].public_key(),
        algorithms=["RS256"],
        audience=f"{server.url}/token",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (form["grant_type"][0], claims["iss"], claims["scope"]) == (fcm.GRANT, "crm@shop.iam", fcm.SCOPE)
    assert sent["headers"]["authorization"] == "Bearer ya29.one"
    message = json.loads(sent["body"])["message"]
    assert message["token"] == "fcm-token-1"
    assert message["notification"] == {"title": "Hello", "body": "World"}
    assert (
        message["android"] | {"ttl": "3600s", "priority": "HIGH", "collapse_key": "stock"}
        == message["android"]
    )
    assert message["data"]["url"] == "https://shop.example/x"


def test_the_access_token_is_kept_and_renewed_when_refused(channel, server, ada, clock):
    register(ada, "fcm", "fcm-token-1")
    server.answers[SEND] = (200, {}, {"name": "m"})
    send(channel, ada)
    send(channel, ada)
    assert server.paths().count("/token") == 1
    server.answers[SEND] = refusal(401, "UNAUTHENTICATED")
    assert send(channel, ada)[0].result is Result.POLICY
    assert server.paths().count("/token") == 2
    clock.advance(dt.timedelta(minutes=56))
    server.answers[SEND] = (200, {}, {"name": "m"})
    send(channel, ada)
    assert server.paths().count("/token") == 3


@pytest.mark.parametrize(
    ("answer", "result", "gone", "wait"),
    [
        (refusal(404, "UNREGISTERED"), Result.REFUSED, "unregistered", None),
        (refusal(400, "INVALID_ARGUMENT", field="message.token"), Result.REFUSED, "invalid_token", None),
        (refusal(400, "INVALID_ARGUMENT", field="message.android.ttl"), Result.REFUSED, "", None),
        (refusal(403, "SENDER_ID_MISMATCH"), Result.REFUSED, "", None),
        (refusal(403, "PERMISSION_DENIED"), Result.POLICY, "", None),
        (refusal(401, "THIRD_PARTY_AUTH_ERROR"), Result.POLICY, "", None),
        (refusal(429, "QUOTA_EXCEEDED"), Result.RETRY, "", 60.0),
        ((503, {"retry-after": "30"}, {}), Result.RETRY, "", 30.0),
        (refusal(500, "INTERNAL"), Result.RETRY, "", None),
    ],
)
def test_what_firebase_answers(channel, server, ada, answer, result, gone, wait):
    device = register(ada, "fcm", "fcm-token-1")
    server.answers[SEND] = answer
    (outcome,) = send(channel, ada)
    device.refresh_from_db()
    assert (outcome.result, device.gone_because, outcome.retry_after) == (result, gone, wait)


def test_tokens_of_another_project_are_our_fault_when_all_are(channel, server, person):
    people = [person(email=f"p{at}@example.org") for at in range(3)]
    for at, who in enumerate(people):
        register(who, "fcm", f"fcm-token-{at}")
    server.answers[SEND] = refusal(403, "SENDER_ID_MISMATCH")
    assert {outcome.result for outcome in send(channel, *people)} == {Result.POLICY}
    assert Device.objects.filter(gone_at=None).count() == 3


def test_a_service_account_that_google_refuses_stops_sending(channel, server, ada):
    register(ada, "fcm", "fcm-token-1")
    server.answers["/token"] = (400, {}, {"error": "invalid_grant", "error_description": "Invalid JWT"})
    (outcome,) = send(channel, ada)
    assert (outcome.result, outcome.detail) == (Result.POLICY, "Invalid JWT")


def test_apple_gets_a_signed_message_over_http_2(channel, server, keys, ada):
    register(ada, "apns", HEX.upper(), app="com.example.pro")
    server.answers[DEVICE] = (200, {"apns-id": "x-1"}, {})
    (outcome,) = send(channel, ada, topic="stock", urgency="low", ttl="1", image="https://shop.example/i.png")
    assert outcome.result is Result.ACCEPTED
    (sent,) = server.received
    headers = sent["headers"]
    assert sent["version"] == "2"
    token = headers["authorization"].removeprefix("bearer ")
    claims = jwt.decode(
        token, keys["apple"].public_key(), algorithms=["ES256"], options={"verify_iat": False}
    )
    assert (claims, jwt.get_unverified_header(token)["kid"]) == (
        {"iss": "TEAM1", "iat": int(NOW.timestamp())}, "KEY1",
    )  # fmt: skip
    assert headers["apns-topic"] == "com.example.pro"
    assert headers["apns-expiration"] == str(int(NOW.timestamp()) + 3600)
    assert (headers["apns-priority"], headers["apns-collapse-id"]) == ("5", "stock")
    assert (headers["apns-push-type"], uuid.UUID(headers["apns-id"]).version) == ("alert", 5)
    assert json.loads(sent["body"])["aps"] == {
        "alert": {"title": "Hello", "body": "World"},
        "sound": "default",
        "mutable-content": 1,
    }


def test_apples_token_is_renewed_within_the_hour_and_not_too_often(channel, server, ada, clock):
    register(ada, "apns", HEX)
    server.answers[DEVICE] = (200, {}, {})

    def token() -> str:
        send(channel, ada)
        return server.received[-1]["headers"]["authorization"]

    first = token()
    clock.advance(dt.timedelta(minutes=49))
    assert token() == first
    clock.advance(dt.timedelta(minutes=2))
    assert token() != first


def test_an_expired_token_is_made_anew_once(channel, server, ada, clock):
    register(ada, "apns", HEX)
    server.answers[DEVICE] = (200, {}, {})
    send(channel, ada)
    server.answers[DEVICE] = (403, {}, {"reason": "ExpiredProviderToken"})
    clock.advance(dt.timedelta(minutes=30))
    assert send(channel, ada)[0].result is Result.POLICY
    assert len(server.received) == 3
    assert server.received[1]["headers"]["authorization"] != server.received[2]["headers"]["authorization"]


@pytest.mark.parametrize(
    ("status", "body", "result", "gone"),
    [
        (400, {"reason": "BadDeviceToken"}, Result.REFUSED, "bad_token"),
        (
            410,
            {"reason": "Unregistered", "timestamp": (NOW.timestamp() + 60) * 1000},
            Result.REFUSED,
            "unregistered",
        ),
        (410, {"reason": "Unregistered", "timestamp": (NOW.timestamp() - 60) * 1000}, Result.REFUSED, ""),
        (410, {"reason": "ExpiredToken"}, Result.REFUSED, "expired"),
        (400, {"reason": "DeviceTokenNotForTopic"}, Result.REFUSED, ""),
        (400, {"reason": "TopicDisallowed"}, Result.POLICY, ""),
        (403, {"reason": "InvalidProviderToken"}, Result.POLICY, ""),
        (413, {"reason": "PayloadTooLarge"}, Result.REFUSED, ""),
        (429, {"reason": "TooManyProviderTokenUpdates"}, Result.RETRY, ""),
        (429, {"reason": "TooManyRequests"}, Result.RETRY, ""),
        (503, {"reason": "Shutdown"}, Result.RETRY, ""),
    ],
)
def test_what_apple_answers(channel, server, ada, status, body, result, gone):
    device = register(ada, "apns", HEX)
    server.answers[DEVICE] = (status, {}, body)
    (outcome,) = send(channel, ada)
    device.refresh_from_db()
    assert (outcome.result, device.gone_because) == (result, gone)


def test_the_wrong_environment_ends_no_device(channel, server, person):
    people = [person(email=f"p{at}@example.org") for at in range(3)]
    for at, who in enumerate(people):
        token = f"{at}{at}" * 32
        register(who, "apns", token)
        server.answers[f"/3/device/{token}"] = (400, {}, {"reason": "BadDeviceToken"})
    assert {outcome.result for outcome in send(channel, *people)} == {Result.POLICY}
    assert Device.objects.filter(gone_at=None).count() == 3


def test_a_phone_and_a_tablet_get_one_message(channel, server, ada):
    register(ada, "fcm", "fcm-token-1")
    register(ada, "apns", HEX)
    server.answers[SEND] = refusal(503, "UNAVAILABLE")
    server.answers[DEVICE] = (200, {}, {})
    (outcome,) = send(channel, ada)
    assert (outcome.result, outcome.detail) == (Result.ACCEPTED, "1/2")


@pytest.mark.parametrize(
    ("settings_given", "field"),
    [
        ({"fcm_account": "{}"}, "fcm_account"),
        ({"fcm_account": '{"project_id":"a","client_email":"b","private_key":"c"}'}, "fcm_account"),
        ({"apns_key": "x", "apns_key_id": "K", "apns_team_id": "T"}, "apns_topic"),
        ({"apns_key": "x", "apns_key_id": "K", "apns_team_id": "T", "apns_topic": "a"}, "apns_key"),
    ],
)
def test_settings_that_cannot_work_name_their_field(settings_given, field):
    with pytest.raises(WrongSettings) as wrong:
        PushChannel({"web": False, **settings_given})
    assert wrong.value.field == field


def test_a_key_that_a_form_put_into_one_line_is_read(keys):
    text = pem(keys["apple"])
    given = {"apns_key": text.replace("\n", ""), "apns_key_id": "K", "apns_team_id": "T", "apns_topic": "a"}
    assert apns.key_of(given).text == text
