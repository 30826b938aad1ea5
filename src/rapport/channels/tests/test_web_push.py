"""Web push: encryption, who sends, what push services answer, and that one message reaches all devices of a person."""

from __future__ import annotations

import datetime as dt
import uuid

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from rapport.channels.protocol import Content, Message, Result, Sender, Unfit
from rapport.channels.push import devices, notes, vapid, webpush
from rapport.channels.push.channel import PushChannel
from rapport.channels.push.models import Device
from rapport.channels.registry import WrongSettings
from rapport.channels.tests.push_service import PushService, Subscription
from rapport.core.clock import VirtualClock

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
SETTINGS = {"web": True, "contact": "mailto:ops@example.org"}


@pytest.fixture
def service(db, settings):
    running = PushService()
    settings.PUSH_SERVICES, settings.OUTBOUND_ALLOW = [running.url], ["127.0.0.1"]
    running.server_key = vapid.public_key()
    yield running
    running.close()


@pytest.fixture
def clock():
    return VirtualClock(NOW)


@pytest.fixture
def channel(service, clock):
    opened = PushChannel(SETTINGS, clock)
    yield opened
    opened.close()


def message(person, **fields: str) -> Message:
    given = {"title": "Back in stock", "body": "The blue one", **fields}
    reference = str(uuid.uuid4())
    content = Content(reference, "", str(person.pk), "", "", "", NOW, fields=given)
    return notes.composer(Sender("Shop", ""), {})(content)


def registered(person, subscription: Subscription, now: dt.datetime = NOW) -> Device:
    return devices.register(person_id=person.pk, kind="web", token=subscription.as_json(), now=now)


def test_the_example_of_rfc_8291_is_encrypted_to_the_byte():
    sender = ec.derive_private_key(
        int.from_bytes(vapid.decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    body = http_ece.encrypt(
        b"When I grow up, I want to be a watermelon",
        salt=vapid.decoded("DGv6ra1nlYgDCS1FRnbzlw"),
        private_key=sender,
        dh=vapid.decoded(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        auth_secret=vapid.decoded("BTBZMqHH6r4Tts7J_aSIgg"),
        version="aes128gcm",
    )
    assert vapid.encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6"
        "PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_one_message_goes_to_every_device_and_counts_once(channel, service, person):
    ada = person(email="ada@example.org")
    for name in ("phone", "laptop"):
        registered(ada, service.subscribe(name))
    (outcome,) = channel.deliver([message(ada, url="https://shop.example/blue", topic="stock", ttl="2")])
    assert (outcome.result, outcome.detail) == (Result.ACCEPTED, "2/2")
    assert {got["path"] for got in service.received} == {"/phone", "/laptop"}
    first = service.received[0]
    assert (first["headers"]["TTL"], first["headers"]["Topic"], first["headers"]["Urgency"]) == (
        "7200", "stock", "normal",
    )  # fmt: skip
    assert first["shown"]["title"] == "Back in stock"
    assert first["shown"]["url"] == "https://shop.example/blue"
    assert first["shown"]["token"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_ended_is_gone(channel, service, person, status):
    ada = person(email="ada@example.org")
    device = registered(ada, service.subscribe("old"))
    service.answers["/old"] = (status, {}, b"")
    assert channel.deliver([message(ada)])[0].result is Result.REFUSED
    device.refresh_from_db()
    assert (device.gone_at, device.gone_because) == (NOW, "gone")
    assert devices.ADDRESSES.read([ada.pk]) == {}
    assert channel.deliver([message(ada)])[0].code == "no_device"


def test_one_living_device_is_enough(channel, service, person):
    ada = person(email="ada@example.org")
    registered(ada, service.subscribe("old"))
    registered(ada, service.subscribe("new"))
    service.answers["/old"] = (410, {}, b"")
    (outcome,) = channel.deliver([message(ada)])
    assert (outcome.result, outcome.detail) == (Result.ACCEPTED, "1/2")


def test_a_busy_service_is_left_alone_for_as_long_as_it_asks(channel, service, person):
    ada = person(email="ada@example.org")
    registered(ada, service.subscribe("busy"))
    service.answers["/busy"] = (429, {"Retry-After": "120"}, b"")
    (outcome,) = channel.deliver([message(ada)])
    assert (outcome.result, outcome.retry_after) == (Result.RETRY, 120)


@pytest.mark.parametrize(
    ("status", "result"), [(413, Result.REFUSED), (400, Result.REFUSED), (503, Result.RETRY)]
)
def test_other_answers_keep_the_device(channel, service, person, status, result):
    ada = person(email="ada@example.org")
    device = registered(ada, service.subscribe("odd"))
    service.answers["/odd"] = (status, {}, b"no")
    assert channel.deliver([message(ada)])[0].result is result
    device.refresh_from_db()
    assert device.gone_at is None


def test_a_strangers_endpoint_cannot_stop_the_channel(channel, service, person):
    ada, eve = person(email="ada@example.org"), person(email="eve@example.org")
    registered(ada, service.subscribe("good"))
    registered(eve, service.subscribe("foreign"))
    service.answers["/foreign"] = (403, {}, b"another key")
    results = [outcome.result for outcome in channel.deliver([message(ada), message(eve)])]
    assert results == [Result.ACCEPTED, Result.REFUSED]
    service.answers["/foreign"] = (500, {}, b"")
    assert channel.deliver([message(eve)])[0].result is Result.RETRY


def test_a_push_service_that_is_away_is_tried_again(channel, service, person):
    ada = person(email="ada@example.org")
    registered(ada, service.subscribe("a"))
    service.close()
    assert channel.deliver([message(ada)])[0].result is Result.RETRY


def test_when_everybody_is_refused_it_is_us(channel, service, person):
    people = [person(email=f"p{at}@example.org") for at in range(3)]
    for at, somebody in enumerate(people):
        registered(somebody, service.subscribe(f"p{at}"))
    service.server_key = "another"
    outcomes = channel.deliver([message(somebody) for somebody in people])
    assert {outcome.result for outcome in outcomes} == {Result.POLICY}
    assert Device.objects.filter(gone_at=None).count() == 3


def test_what_is_too_long_is_no_message(person, db):
    with pytest.raises(Unfit, match="4"):
        message(person(email="ada@example.org"), body="ä" * 2000)


def test_the_largest_message_fits_into_4096_bytes(channel, service, person):
    ada = person(email="ada@example.org")
    subscription = service.subscribe("a")
    registered(ada, subscription)
    keys = subscription.as_json()["keys"]
    assert len(webpush.encrypted(b"x" * notes.MAX_PAYLOAD, keys["p256dh"], keys["auth"])) == 4096
    room = (
        notes.MAX_PAYLOAD - len(notes.unpacked(message(ada, body="").payload).as_json()) - len(', "body": ""')
    )
    assert channel.deliver([message(ada, body="x" * room)])[0].result is Result.ACCEPTED
    assert service.received[0]["size"] == 4096


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "nowhere"])
def test_links_into_scripts_are_refused(person, url):
    with pytest.raises(Unfit):
        message(person(email="ada@example.org"), url=url)


def test_the_token_is_renewed_within_its_time(service, clock):
    signer = vapid.Signer("mailto:ops@example.org")

    def expiry() -> int:
        header = signer.authorization("https://push.example/x", clock.now())
        token = header.partition("t=")[2].partition(",")[0]
        return jwt.decode(token, options={"verify_signature": False})["exp"]

    first = expiry()
    assert first - NOW.timestamp() <= 24 * 3600
    clock.advance(dt.timedelta(hours=10))
    assert expiry() == first
    clock.advance(dt.timedelta(hours=1, minutes=30))
    assert expiry() > first


def test_settings_need_a_contact_and_at_least_one_service(db):
    with pytest.raises(WrongSettings) as wrong:
        PushChannel({"web": True, "contact": "ops"})
    assert wrong.value.field == "contact"
    with pytest.raises(WrongSettings):
        PushChannel({"web": False})
