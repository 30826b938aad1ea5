"""Telegram over a bot: what it takes, what it says, and the updates it calls us with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.incoming import Call, Choice, Enclosed, Malformed, NotTheirs, Reply
from rapport.channels.protocol import Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.registry import ADAPTERS, WrongSettings
from rapport.channels.telegram.bot import secret_of
from rapport.channels.tests.provider import Provider, Request
from rapport.people.normalise import normalise

NOW = dt.datetime(2026, 11, 29, 16, tzinfo=dt.UTC)
TOKEN = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
ACCOUNT = {
    "token": TOKEN,
    "help_answer": "Shop GmbH",
    "callback_url": "https://crm.example.org/hooks/channels/t",
}
WAY = ADAPTERS["telegram"]


def answer(request: Request) -> tuple[int, Any] | None:
    """As the Bot API does."""
    if not request.path.startswith(f"/bot{TOKEN}/"):
        return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
    method, body = request.path.rpartition("/")[2], request.json
    if method in {"sendMessage", "sendPhoto"}:
        text = body["text" if method == "sendMessage" else "caption"]
        if len(text) > 4096 or not isinstance(body["chat_id"], int):
            return 400, {"ok": False, "description": "Bad Request: message is too long"}
        return 200, {"ok": True, "result": {"message_id": 7, "chat": {"id": body["chat_id"]}}}
    if method == "getWebhookInfo":
        return 200, {"ok": True, "result": {"url": ACCOUNT["callback_url"], "pending_update_count": 2}}
    return 200, {"ok": True, "result": {"username": "shop_bot"} if method == "getMe" else True}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    server = Provider(answer)
    yield server
    server.close()


def composed(text: str, address: str = "987654321", **fields: str) -> Message:
    content = Content("d-1", "Ada", address, "", "", "", NOW, fields={"text": text, **fields})
    return WAY.compose(Sender("Shop", ""), ACCOUNT)(content)


def send(provider: Provider, *messages: Message) -> list[Outcome]:
    channel = WAY.open(ACCOUNT | {"base_url": provider.url, "rate": 10_000})
    try:
        return channel.deliver(messages)
    finally:
        channel.close()


def test_text_and_pictures_are_taken(provider: Provider) -> None:
    picture = composed("Neu: <b>Schuhe</b>", format="html", media="https://shop.example/a.jpg")
    outcomes = send(provider, composed("2 < 3 & Grüße 🙂")) + send(provider, picture)
    assert [(outcome.result, outcome.provider_id) for outcome in outcomes] == [
        (Result.ACCEPTED, "987654321:7")
    ] * 2
    assert [request.json for request in provider.taken] == [
        {"chat_id": 987654321, "text": "2 < 3 & Grüße 🙂"},
        {
            "chat_id": 987654321,
            "parse_mode": "HTML",
            "photo": "https://shop.example/a.jpg",
            "caption": "Neu: <b>Schuhe</b>",
        },
    ]


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<b>Hi <i>you", "<b>Hi <i>you</i></b>"),
        ("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b>c"),
        ("<script>alert(1)</script><img src=x>2 < 3", "alert(1)2 &lt; 3"),
        (
            '<a href="javascript:x">no</a> <a href="https://x/?a=1&b=\'">yes</a>',
            'no <a href="https://x/?a=1&amp;b=&#x27;">yes</a>',
        ),
        ("</b>one<br>two &amp; three", "one\ntwo &amp; three"),
    ],
)
def test_only_telegrams_own_tags_are_left(html: str, clean: str) -> None:
    assert json.loads(composed(html, format="html").payload)["text"] == clean


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("x" * 100_000, {}, "too long"),
        ("🙂" * 2049, {}, "too long"),
        ("x" * 1025, {"media": "https://x/a.png"}, "too long"),
        (" \0 ", {}, "empty"),
        ("<p></p>", {"format": "html"}, "empty"),
        ("Hi", {"address": "@ada"}, "number"),
    ],
)
def test_what_telegram_would_not_take_is_unfit(text: str, more: dict[str, str], words: str) -> None:
    with pytest.raises(Unfit, match=words):
        composed(text, **more)
    assert composed("🙂" * 2048)


@pytest.mark.parametrize(
    ("fault", "result", "after"),
    [
        ((403, "Forbidden: bot was blocked by the user"), Result.WITHDRAWN, None),
        ((403, "Forbidden: user is deactivated"), Result.BAD_ADDRESS, None),
        ((403, "Forbidden: bot can't initiate conversation with a user"), Result.REFUSED, None),
        ((400, "Bad Request: chat not found"), Result.BAD_ADDRESS, None),
        ((429, "Too Many Requests: retry after 35"), Result.RETRY, 35),
        ((401, "Unauthorized"), Result.UNREACHABLE, None),
        ((404, "Not Found"), Result.UNREACHABLE, None),
        ((400, "Bad Request: something new"), Result.REFUSED, None),
        ((502, "Bad Gateway"), Result.UNCERTAIN, None),
    ],
)
def test_every_answer_has_its_meaning(
    provider: Provider, fault: Any, result: Result, after: float | None
) -> None:
    status, words = fault
    more = {"parameters": {"retry_after": after}} if after else {}
    provider.faults = [(status, {"ok": False, "error_code": status, "description": words, **more})]
    (outcome,) = send(provider, composed("Hi"))
    assert (outcome.result, outcome.retry_after) == (result, after)


@pytest.mark.parametrize(
    "fault", ["cut", (200, b"<html>"), (200, {"ok": True}), (200, {"ok": "yes", "result": {}})]
)
def test_no_proper_answer_is_uncertain(provider: Provider, fault: Any) -> None:
    provider.faults = [fault]
    assert send(provider, composed("Hi"))[0].result is Result.UNCERTAIN


def test_a_look_enters_our_address_with_the_secret(provider: Provider) -> None:
    assert WAY.look is not None
    rows = WAY.look(ACCOUNT | {"base_url": provider.url})
    assert [value for _name, value in rows] == ["@shop_bot", "yes", "2", "–"]
    (entered,) = [request.json for request in provider.taken if request.path.endswith("setWebhook")]
    assert (entered["url"], entered["secret_token"]) == (ACCOUNT["callback_url"], secret_of(ACCOUNT))
    with pytest.raises(WrongSettings, match="Unauthorized"):
        WAY.look(ACCOUNT | {"base_url": provider.url, "token": "1:x"})


def update(content: Any, *, secret: str = secret_of(ACCOUNT), method: str = "POST", number: Any = 55) -> Call:
    body = content if isinstance(content, bytes) else json.dumps({"update_id": number, **content}).encode()
    return Call(method, "https://crm/x", {"x-telegram-bot-api-secret-token": secret}, {}, body, NOW)


def came(content: Any, **more: Any) -> Any:
    assert WAY.receive is not None
    return WAY.receive(update(content, **more), ACCOUNT)


def message(text: str, **more: Any) -> dict[str, Any]:
    chat = {"id": 987654321, "type": "private"}
    return {
        "message": {
            "message_id": 9,
            "date": int(NOW.timestamp()) - 60,
            "chat": chat,
            "from": {"first_name": "Ada", "last_name": "L."},
            "text": text,
            **more,
        }
    }


def test_a_message_is_a_reply_and_the_same_again_has_the_same_name() -> None:
    picture = {"photo": [{"file_id": "small"}, {"file_id": "large"}], "reply_to_message": {"message_id": 7}}
    first, second = (came(message("Schön 🙂", **picture)).incoming for _ in range(2))
    assert (
        first
        == second
        == [
            Reply(
                "987654321:9",
                "987654321",
                "Schön 🙂",
                NOW - dt.timedelta(minutes=1),
                "Ada L.",
                answers="987654321:7",
                attachments=[Enclosed("image/jpeg", "photo.jpg", "large")],
            )
        ]
    )


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("/start", True),
        ("/start spring-sale", True),
        ("/start@shop_bot", True),
        ("/stop", False),
        ("Stopp!", False),
    ],
)
def test_commands_are_choices(text: str, wants: bool) -> None:
    choice = came(message(text)).incoming[1]
    assert isinstance(choice, Choice)
    assert (choice.address, choice.wants, choice.words) == ("987654321", wants, text)


def test_help_is_answered_in_the_answer() -> None:
    answer_ = came(message("/help"))
    assert json.loads(answer_.body) == {"method": "sendMessage", "chat_id": 987654321, "text": "Shop GmbH"}
    assert answer_.content_type == "application/json"


def test_blocking_the_bot_is_a_choice() -> None:
    member = {"chat": {"id": 987654321, "type": "private"}, "new_chat_member": {"status": "kicked"}}
    (choice,) = came({"my_chat_member": member}).incoming
    assert (choice.address, choice.wants) == ("987654321", False)


def test_a_button_is_a_reply() -> None:
    origin = {"message_id": 7, "chat": {"id": 987654321, "type": "private"}}
    (reply,) = came(
        {"callback_query": {"data": "yes", "message": origin, "from": {"first_name": "Ada"}}}
    ).incoming
    assert (reply.text, reply.answers, reply.name) == ("yes", "987654321:7", "Ada")


@pytest.mark.parametrize(
    "content",
    [
        message("Stop", chat={"id": -100123, "type": "supergroup"}),
        message("Stop", **{"from": {"is_bot": True}}),
        message("Stop", chat="x"),
        {"message": 7},
        {"channel_post": {"text": "Stop"}},
        {},
    ],
)
def test_what_no_person_said_to_us_is_nothing(content: Any) -> None:
    assert came(content).incoming == []


@pytest.mark.parametrize("changed", [{"secret": ""}, {"secret": "guess"}, {"secret": "ä"}, {"method": "GET"}])
def test_what_telegram_did_not_send_is_not_read(changed: dict[str, Any]) -> None:
    with pytest.raises(NotTheirs):
        came(message("Stop"), **changed)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"update_id": "x"}', b"\xff", b"[" * 100_000])
def test_what_is_no_update_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        came(body)


@pytest.mark.parametrize(
    "value", ["123456789", "0", "11111", "@ada", "-100123", "12", "null", "1" * 30, "98765a"]
)
def test_invented_ids_identify_nobody(value: str) -> None:
    assert normalise("telegram_id", value) is None
    assert normalise("telegram_id", "987654321") == "987654321"


def test_the_token_is_in_no_log(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    provider.faults = ["cut"]
    send(provider, composed("Hi"))
    send(provider, composed("Hi"))
    assert TOKEN not in caplog.text
