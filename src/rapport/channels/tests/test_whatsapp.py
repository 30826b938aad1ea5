"""WhatsApp over the Cloud API: templates at any time, free text within the window, and what Meta calls us with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

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


PICTURE = "https://shop.example/a.png?x=1"
COMPONENTS = [
    {"type": "header", "parameters": [{"type": "image", "image": {"link": PICTURE}}]},
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
]


def test_a_template_goes_with_its_parameters(provider: Provider, account: dict[str, Any]) -> None:
    fields = {
        "template": "order_ready/en_US",
        "parameters": "Ada  Lovelace\n\n7 \t 1\nplace=Berlin",
        "header": PICTURE,
        "button": "orders/71",
        "text": "Your order is ready!",
    }
    outcome = send(account, composed(False, **fields))
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
        "components": COMPONENTS,
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
