"""Direct messages on Messenger and Instagram: the window and its tags, and what Meta calls us with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.incoming import Call, Choice, Enclosed, NotTheirs, Receipt, ReceiptKind, Reply
from rapport.channels.meta import graph
from rapport.channels.protocol import Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.registry import ADAPTERS, CHANNELS, WrongSettings
from rapport.channels.tests.provider import Provider, Request

NOW = dt.datetime(2026, 11, 29, 16, tzinfo=dt.UTC)
AT = NOW - dt.timedelta(minutes=1)
MILLISECONDS = int(AT.timestamp() * 1000)
PAGE, PERSON = "1001", "7777777777"
ACCOUNT = {
    "page_id": PAGE,
    "access_token": "tok",
    "app_secret": "hush",
    "verify_token": "words",
    "help_answer": "Shop",
}


def answer(request: Request) -> tuple[int, Any] | None:
    """As the Send API does."""
    if request.headers.get("authorization") != "Bearer tok":
        return 401, {"error": {"code": 190, "message": "Invalid OAuth access token"}}
    body = request.json
    tagged = body["messaging_type"] == "MESSAGE_TAG"
    if (
        request.path != f"/{PAGE}/messages"
        or not body["recipient"]["id"].isdigit()
        or tagged != ("tag" in body)
    ):
        return 400, {"error": {"code": 100, "message": "Invalid parameter"}}
    return 200, {"recipient_id": body["recipient"]["id"], "message_id": "m_1"}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    server = Provider(answer)
    yield server
    server.close()


def composed(
    channel: str = "messenger", window_open: bool = True, address: str = PERSON, **fields: str
) -> Message:
    content = Content("d-1", "Ada", address, "", "", "", NOW, fields=fields, window_open=window_open)
    return ADAPTERS[channel].compose(Sender("Shop", ""), ACCOUNT)(content)


def send(provider: Provider, message: Message, channel: str = "messenger") -> Outcome:
    opened = ADAPTERS[channel].open(ACCOUNT | {"base_url": provider.url})
    try:
        return opened.deliver([message])[0]
    finally:
        opened.close()


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
def test_a_message_goes_as_the_window_allows(provider: Provider, channel: str) -> None:
    assert CHANNELS[channel].window == dt.timedelta(hours=24)
    outcomes = [
        send(provider, composed(channel, text="Hallo 🙂"), channel),
        send(provider, composed(channel, False, text="Your order", tag="POST_PURCHASE_UPDATE"), channel),
    ]
    assert [(outcome.result, outcome.provider_id) for outcome in outcomes] == [(Result.ACCEPTED, "m_1")] * 2
    sent = [request.json for request in provider.taken]
    assert [(body["messaging_type"], body.get("tag")) for body in sent] == [
        ("RESPONSE", None),
        ("MESSAGE_TAG", "POST_PURCHASE_UPDATE"),
    ]
    with pytest.raises(Unfit, match="24 hours"):
        composed(channel, False, text="Sale!")


def test_a_picture_goes_before_its_text(provider: Provider) -> None:
    assert send(provider, composed(text="Look", media="https://shop.example/a.png")).result is Result.ACCEPTED
    first, second = (request.json["message"] for request in provider.taken)
    assert (first["attachment"]["payload"]["url"], second) == ("https://shop.example/a.png", {"text": "Look"})
    provider.faults = [(200, {"message_id": "m_1"}), (400, {"error": {"code": 100, "message": "no"}})]
    assert send(provider, composed(text="Look", media="https://x/a.png")).result is Result.UNCERTAIN


@pytest.mark.parametrize(
    ("channel", "fields", "words"),
    [
        ("messenger", {"text": "x" * 100_000}, "too long"),
        ("instagram", {"text": "ä" * 501}, "too long"),
        ("messenger", {"text": ""}, "empty"),
        ("messenger", {"text": "Hi", "tag": "PROMOTION"}, "no such tag"),
        ("messenger", {"text": "Hi", "address": "ada"}, "figures"),
    ],
)
def test_what_meta_would_not_take_is_unfit(channel: str, fields: dict[str, str], words: str) -> None:
    with pytest.raises(Unfit, match=words):
        composed(channel, **fields)


@pytest.mark.parametrize(
    ("error", "result"),
    [
        ({"code": 10, "error_subcode": 2018278}, Result.REFUSED),
        ({"code": 10, "error_subcode": 1}, Result.POLICY),
        ({"code": 100, "error_subcode": 2018001}, Result.BAD_ADDRESS),
        ({"code": 100}, Result.REFUSED),
        ({"code": 551, "error_subcode": 1545041}, Result.REFUSED),
        ({"code": 613}, Result.RETRY),
        ({"code": 368}, Result.POLICY),
        ({"code": 190}, Result.UNREACHABLE),
    ],
)
def test_every_error_has_its_meaning(provider: Provider, error: dict[str, Any], result: Result) -> None:
    provider.faults = [(400, {"error": {"message": "no", **error}})]
    assert send(provider, composed(text="Hi")).result is result


def came(*events: Any, secret: str = "hush") -> Any:
    body = json.dumps({"object": "page", "entry": [{"id": PAGE, "messaging": list(events)}]}).encode()
    headers = {"x-hub-signature-256": graph.signature(body, secret)}
    receive = ADAPTERS["messenger"].receive
    assert receive is not None
    return receive(Call("POST", "https://crm/x", headers, {}, body, NOW), ACCOUNT)


def event(sender: str = PERSON, **more: Any) -> dict[str, Any]:
    return {"sender": {"id": sender}, "recipient": {"id": PAGE}, "timestamp": MILLISECONDS, **more}


def test_a_message_is_a_reply_with_what_hangs_on_it() -> None:
    message = {
        "mid": "m_9",
        "text": "Schön 🙂",
        "reply_to": {"mid": "m_1"},
        "attachments": [{"type": "image", "payload": {"url": "https://cdn/x"}}, 7],
    }
    assert came(event(message=message)).incoming == [
        Reply(
            "m_9",
            PERSON,
            "Schön 🙂",
            AT,
            answers="m_1",
            attachments=[Enclosed("image", "image", "https://cdn/x")],
        )
    ]


def test_what_the_page_said_itself_is_no_reply() -> None:
    echo = event(PAGE, message={"mid": "m_1", "text": "Stop", "is_echo": True})
    strange = event(message={"mid": "m_1", "text": "Stop", "is_echo": "true"})
    assert came(echo, strange, event(PAGE, message={"mid": "m_2", "text": "Stop"})).incoming == []


def test_stop_is_a_choice_and_help_is_answered_over_the_api() -> None:
    stop = came(event(message={"mid": "m_9", "text": "STOP"}), event(message={"mid": "m_8", "text": "help"}))
    assert [type(entry) for entry in stop.incoming] == [Reply, Choice, Reply]
    (message,) = stop.messages
    assert (message.recipient, json.loads(message.payload)["text"]) == (PERSON, "Shop")


def test_a_button_is_a_reply() -> None:
    (reply,) = came(event(postback={"mid": "m_5", "title": "Yes", "payload": "YES"})).incoming
    assert (reply.text, reply.provider_id) == ("Yes", "m_5")


def test_receipts_name_messages_or_all_until_a_watermark() -> None:
    delivery = event(delivery={"mids": ["m_1", "m_2", 3], "watermark": MILLISECONDS})
    seen = event(read={"mid": "m_1"})
    until = event(read={"watermark": MILLISECONDS})
    assert came(delivery, seen, until).incoming == [
        Receipt(ReceiptKind.DELIVERED, AT, "m_1", address=PERSON),
        Receipt(ReceiptKind.DELIVERED, AT, "m_2", address=PERSON),
        Receipt(ReceiptKind.READ, NOW, "m_1", address=PERSON),
        Receipt(ReceiptKind.READ, AT, address=PERSON),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        7,
        {},
        {"sender": 7},
        event(message=7),
        event(message={}),
        event(delivery=[]),
        event(read={}),
        event(delivery={"watermark": "9" * 400}) | {"timestamp": "x"},
        event(reaction={"emoji": "x"}),
    ],
)
def test_odd_shapes_harm_nothing(odd: Any) -> None:
    assert all(entry.at <= NOW for entry in came(odd).incoming)


def test_what_meta_did_not_sign_is_not_read() -> None:
    with pytest.raises(NotTheirs):
        came(event(message={"mid": "m", "text": "Stop"}), secret="guess")


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(WrongSettings):
        ADAPTERS["instagram"].check(ACCOUNT | {"page_id": "my page"})
