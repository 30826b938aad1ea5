"""WhatsApp over the Cloud API: templates at any time, free text within the window, and what Meta calls us with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.incoming import (
    About,
    Call,
    Choice,
    Gone,
    Malformed,
    NotTheirs,
    Receipt,
    ReceiptKind,
    Reply,
)
from rapport.channels.meta import graph
from rapport.channels.protocol import Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.registry import ADAPTERS, WrongSettings
from rapport.channels.tests.provider import Provider, Request

NOW = dt.datetime(2026, 11, 29, 16, tzinfo=dt.UTC)
AT = NOW - dt.timedelta(minutes=1)
STAMP = str(int(AT.timestamp()))
WAY = ADAPTERS["whatsapp"]
TEMPLATES = [
    {"name": "promo", "language": "de", "status": "PAUSED", "category": "MARKETING", "components": []},
    {
        "name": "order_ready",
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Hi {{1}}, order {{2}} is ready."}],
    },
]


def answer(request: Request) -> tuple[int, Any] | None:
    """As the Graph API does."""
    if request.headers.get("authorization") != "Bearer tok":
        return 401, {"error": {"code": 190, "message": "Invalid OAuth access token"}}
    if request.method == "GET" and "/777/message_templates" in request.path:
        second = "after=c2" in request.path
        paging = {} if second else {"cursors": {"after": "c2"}, "next": "https://graph/next"}
        return 200, {"data": TEMPLATES[1:] if second else TEMPLATES[:1], "paging": paging}
    if request.method == "GET":
        return 200, {"display_phone_number": "+49 151 1", "verified_name": "Shop", "quality_rating": "GREEN"}
    body = request.json
    if request.path != "/555/messages" or body["messaging_product"] != "whatsapp" or not body["to"].isdigit():
        return 400, {"error": {"code": 100, "message": "Invalid parameter"}}
    return 200, {"messages": [{"id": "wamid.1"}], "contacts": [{"wa_id": body["to"]}]}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    server = Provider(answer)
    yield server
    server.close()


@pytest.fixture
def account(provider: Provider) -> dict[str, Any]:
    return ACCOUNT | {"base_url": provider.url}


ACCOUNT = {
    "phone_number_id": "555",
    "business_account_id": "777",
    "access_token": "tok",
    "app_secret": "hush",
    "verify_token": "words",
    "help_answer": "Shop GmbH",
}


def composed(window_open: bool = True, address: str = "+4915187654321", **fields: str) -> Message:
    content = Content("d-1", "Ada", address, "", "", "", NOW, fields=fields, window_open=window_open)
    return WAY.compose(Sender("Shop", ""), ACCOUNT)(content)


def send(account: dict[str, Any], message: Message) -> Outcome:
    channel = WAY.open(account)
    try:
        return channel.deliver([message])[0]
    finally:
        channel.close()


def test_a_template_goes_with_its_parameters(provider: Provider, account: dict[str, Any]) -> None:
    message = composed(
        False,
        template="order_ready/en_US",
        parameters="Ada  Lovelace\n\n7 \t 1\nplace=Berlin",
        header="https://shop.example/a.png?x=1",
        button="orders/71",
        text="Your order is ready!",
    )
    outcome = send(account, message)
    assert (outcome.result, outcome.provider_id) == (Result.ACCEPTED, "wamid.1")
    body = provider.taken[0].json
    assert (body["to"], body["biz_opaque_callback_data"], body["type"]) == (
        "4915187654321",
        "d-1",
        "template",
    )
    assert body["template"] == {
        "name": "order_ready",
        "language": {"code": "en_US"},
        "components": [
            {
                "type": "header",
                "parameters": [{"type": "image", "image": {"link": "https://shop.example/a.png?x=1"}}],
            },
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": "Ada Lovelace"},
                    {"type": "text", "text": "7 1"},
                    {"type": "text", "parameter_name": "place", "text": "Berlin"},
                ],
            },
            {
                "type": "button",
                "sub_type": "url",
                "index": "0",
                "parameters": [{"type": "text", "text": "orders/71"}],
            },
        ],
    }


def test_free_text_goes_within_the_window_only() -> None:
    body = json.loads(composed(text="Hallo 🙂", template="order_ready/en_US").payload)
    assert (body["type"], body["text"]["body"]) == ("text", "Hallo 🙂")
    picture = json.loads(composed(media="https://shop.example/bill.pdf", text="Your bill").payload)
    assert picture["document"] == {"link": "https://shop.example/bill.pdf", "caption": "Your bill"}
    with pytest.raises(Unfit, match="24 hours"):
        composed(False, text="Hallo")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "neither"),
        ({"text": "x" * 100_000}, "too long"),
        ({"text": "x" * 2000, "media": "https://x/a.png"}, "too long"),
        ({"template": "Order Ready!", "window_open": False}, "name/language"),
        ({"text": "Hi", "address": "4915187654321"}, "country code"),
    ],
)
def test_what_cannot_be_sent_is_unfit(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(Unfit, match=words):
        composed(**fields)


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ((400, {"error": {"code": 131026, "message": "undeliverable"}}), Result.BAD_ADDRESS),
        ((400, {"error": {"code": 131047, "message": "re-engagement"}}), Result.REFUSED),
        ((400, {"error": {"code": 131050, "message": "stopped"}}), Result.WITHDRAWN),
        ((429, {"error": {"code": 130429, "message": "rate"}}, {"Retry-After": "3"}), Result.RETRY),
        ((400, {"error": {"code": 131056, "message": "pair"}}), Result.RETRY),
        ((403, {"error": {"code": 368, "message": "policy"}}), Result.POLICY),
        ((404, {"error": {"code": 132001, "message": "no template"}}), Result.POLICY),
        ((401, {"error": {"code": 190, "message": "expired"}}), Result.UNREACHABLE),
        ((400, {"error": {"code": 1, "message": "odd"}}), Result.REFUSED),
        ((500, {"error": {"code": 131000, "message": "try again"}}), Result.RETRY),
        ((200, {"messages": []}), Result.UNCERTAIN),
        ((200, {"messages": "x", "error": "y"}), Result.UNCERTAIN),
        ("cut", Result.UNCERTAIN),
    ],
)
def test_every_answer_has_its_meaning(
    provider: Provider, account: dict[str, Any], fault: Any, result: Result
) -> None:
    provider.faults = [fault]
    assert send(account, composed(text="Hi")).result is result


def test_a_look_lists_the_templates_approved_first(account: dict[str, Any]) -> None:
    assert WAY.look is not None
    rows = dict(WAY.look(account))
    assert list(rows)[3:] == ["order_ready/en_US", "promo/de"]
    assert rows["order_ready/en_US"] == "APPROVED · UTILITY · Hi {{1}}, order {{2}} is ready."
    with pytest.raises(WrongSettings, match="401 Invalid OAuth"):
        WAY.look(account | {"access_token": "old"})


def call(value: Any, *, secret: str = "hush", number: str = "555", signed: bytes | None = None) -> Call:
    if isinstance(value, dict):
        value = {"metadata": {"phone_number_id": number}, **value}
    body = json.dumps({"object": "x", "entry": [{"changes": [{"value": value}]}]}).encode()
    headers = {"x-hub-signature-256": graph.signature(signed if signed is not None else body, secret)}
    return Call("POST", "https://crm/x", headers, {}, body, NOW)


def came(value: Any, **more: Any) -> Any:
    assert WAY.receive is not None
    return WAY.receive(call(value, **more), ACCOUNT)


def status(state: str, **more: Any) -> dict[str, Any]:
    entry = {"id": "wamid.1", "status": state, "timestamp": STAMP, "recipient_id": "4915187654321"}
    return {"statuses": [entry | {"biz_opaque_callback_data": "d-1"} | more]}


def test_receipts_come_in_any_order_and_name_the_delivery() -> None:
    kinds = [came(status(state)).incoming for state in ("read", "sent", "delivered", "delivered", "deleted")]
    assert [entries[0].kind if entries else None for entries in kinds] == [
        ReceiptKind.READ,
        None,
        ReceiptKind.DELIVERED,
        ReceiptKind.DELIVERED,
        None,
    ]
    assert kinds[0] == [Receipt(ReceiptKind.READ, AT, "wamid.1", "d-1", "+4915187654321")]


@pytest.mark.parametrize(
    ("code", "about", "permanent"),
    [(131026, About.RECIPIENT, True), (131049, About.CONTENT, False), (131042, About.SENDER, False)],
)
def test_a_bounce_blames_whom_it_is_about(code: int, about: About, permanent: bool) -> None:
    errors = [{"code": code, "title": "no", "error_data": {"details": "Because."}}]
    (bounced,) = came(status("failed", errors=errors)).incoming
    assert (bounced.about, bounced.permanent, bounced.detail) == (about, permanent, "Because.")


def test_marketing_stopped_in_the_app_is_a_choice() -> None:
    entry = {"wa_id": "4915187654321", "category": "marketing_messages", "value": "stop", "timestamp": STAMP}
    (choice,) = came({"user_preferences": [entry]}).incoming
    assert (choice.address, choice.wants, choice.at) == ("+4915187654321", False, AT)
    (_bounced, stopped) = came(status("failed", errors=[{"code": 131050}])).incoming
    assert isinstance(stopped, Choice)


MESSAGE = {"from": "4915187654321", "id": "wamid.9", "timestamp": STAMP}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"type": "text", "text": {"body": "Schön 🙂"}}, "Schön 🙂"),
        ({"type": "button", "button": {"text": "Yes please"}}, "Yes please"),
        ({"type": "interactive", "interactive": {"list_reply": {"id": "1", "title": "Monday"}}}, "Monday"),
        ({"type": "reaction", "reaction": {"emoji": "👍", "message_id": "wamid.1"}}, "👍"),
        ({"type": "image", "image": {"id": "m1", "mime_type": "image/png", "caption": "Look"}}, "Look"),
        (
            {"type": "location", "location": {"latitude": 52.5, "longitude": 13.4, "name": "Home"}},
            "Home\n52.5, 13.4",
        ),
        ({"type": "unsupported"}, ""),
        ({"type": "text", "text": "not an object"}, ""),
        ({"type": "text", "text": {"body": "x" * 100_000}}, "x" * 100_000),
    ],
)
def test_a_reply_of_any_type_is_read(message: dict[str, Any], text: str) -> None:
    contacts = [{"wa_id": "4915187654321", "profile": {"name": "Ada"}}]
    (reply,) = came({"messages": [MESSAGE | message], "contacts": contacts}).incoming
    assert (reply.text, reply.address, reply.name, reply.at) == (text, "+4915187654321", "Ada", AT)


def test_stop_is_a_choice_and_help_is_answered_over_the_api() -> None:
    stop = came({"messages": [MESSAGE | {"type": "text", "text": {"body": "Stop"}}]})
    assert [type(entry) for entry in stop.incoming] == [Reply, Choice]
    asked = came({"messages": [MESSAGE | {"type": "text", "text": {"body": "Hilfe"}}]})
    body = json.loads(asked.messages[0].payload)
    assert (body["to"], body["text"]["body"], body["context"]) == (
        "4915187654321",
        "Shop GmbH",
        {"message_id": "wamid.9"},
    )


def test_a_new_number_takes_the_place_of_the_old() -> None:
    system = {"type": "system", "system": {"type": "user_changed_number", "wa_id": "4915100000000"}}
    assert came({"messages": [MESSAGE | system]}).incoming == [Gone("+4915187654321", AT, "+4915100000000")]


def test_what_is_about_another_number_says_nothing_here() -> None:
    assert came(status("read"), number="556").incoming == []


@pytest.mark.parametrize(
    "value", [None, 7, "x", [], {"statuses": "x"}, {"messages": [1, {}]}, {"contacts": {}}]
)
def test_odd_shapes_are_read_as_nothing(value: Any) -> None:
    assert came(value).incoming == []


@pytest.mark.parametrize("changed", [{"secret": "guess"}, {"signed": b"{}"}])
def test_what_meta_did_not_sign_is_not_read(changed: dict[str, Any]) -> None:
    with pytest.raises(NotTheirs):
        came(status("read"), **changed)


def test_bodies_that_are_no_object_are_malformed() -> None:
    assert WAY.receive is not None
    for body in (b"", b"[]", b'{"entry": {}}', b"[" * 100_000, b'{"entry":[]}' + b" " * 5_000_000):
        headers = {"x-hub-signature-256": graph.signature(body, "hush")}
        with pytest.raises(Malformed):
            WAY.receive(Call("POST", "https://crm/x", headers, {}, body, NOW), ACCOUNT)


def test_the_address_is_verified_by_its_token() -> None:
    assert WAY.receive is not None
    query = {"hub.mode": "subscribe", "hub.verify_token": "words", "hub.challenge": "1158201444"}
    good = Call("GET", "https://crm/x", {}, query, b"", NOW)
    assert WAY.receive(good, ACCOUNT).body == "1158201444"
    for wrong in ({"hub.verify_token": "guess"}, {"hub.mode": "x"}, {"hub.verify_token": ""}):
        with pytest.raises(NotTheirs):
            WAY.receive(
                Call("GET", "https://crm/x", {}, query | wrong, b"", NOW), ACCOUNT | {"verify_token": "words"}
            )
