"""What Meta calls us with for WhatsApp: only what it signed is read, in whatever order and shape it comes."""

from __future__ import annotations

import json
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
from rapport.channels.tests.test_whatsapp import ACCOUNT, AT, NOW, STAMP, WAY


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
    helped = came({"messages": [MESSAGE | {"type": "text", "text": {"body": "Hilfe"}}]})
    body = json.loads(helped.messages[0].payload)
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
