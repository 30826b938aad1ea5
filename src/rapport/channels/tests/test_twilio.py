"""SMS over Twilio's API: a counterpart checks what it gets, and every way of failing has its meaning."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from rapport.channels import http
from rapport.channels.protocol import Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.registry import ADAPTERS, WrongSettings
from rapport.channels.services import accounts
from rapport.channels.sms import compose, twilio
from rapport.channels.tests.provider import Provider, Request
from rapport.core.models import AuditEntry

NOW = dt.datetime(2026, 11, 29, 16, tzinfo=dt.UTC)
SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "s3cret-token"
CALLBACK = "https://crm.example.org/hooks/channels/tok-1"


def answer(request: Request) -> tuple[int, Any] | None:
    """As the Messages API does."""
    pair = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {pair}":
        return 401, {"code": 20003, "message": "Authenticate", "status": 401}
    if request.path != f"/2010-04-01/Accounts/{SID}/Messages.json" or request.method != "POST":
        return 404, {"code": 20404, "message": "not found", "status": 404}
    form = dict(parse_qsl(request.body.decode(), strict_parsing=True))
    if not ("From" in form or "MessagingServiceSid" in form) or "Body" not in form:
        return 400, {"code": 21603, "message": "A 'From' phone number is required", "status": 400}
    return 201, {"sid": "SM1", "status": "queued", "error_code": None, "error_message": None}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    server = Provider(answer)
    yield server
    server.close()


@pytest.fixture
def account(provider: Provider) -> dict[str, Any]:
    return {
        "account_sid": SID,
        "auth_token": TOKEN,
        "sender": "+4915112345678",
        "base_url": provider.url,
        "callback_url": CALLBACK,
    }


def content(text: str, address: str = "+4915187654321", **more: Any) -> Content:
    fields = {"text": text, **more.pop("fields", {})}
    return Content("d-1", "Ada", address, "", "", text, NOW, fields=fields, **more)


def send(account: dict[str, Any], *messages: Message) -> list[Outcome]:
    channel = twilio.open_channel(account)
    try:
        return channel.deliver(messages)
    finally:
        channel.close()


def composed(account: dict[str, Any], text: str = "Hi", **more: Any) -> Message:
    return compose.composer(Sender("Shop", ""), account)(content(text, **more))


def test_a_message_is_taken_with_its_callback(provider: Provider, account: dict[str, Any]) -> None:
    (outcome,) = send(account, composed(account, "Grüße 🙂 für 5 €"))
    assert (outcome.result, outcome.provider_id) == (Result.ACCEPTED, "SM1")
    assert provider.taken[0].form == {
        "To": "+4915187654321",
        "Body": "Grüße 🙂 für 5 €",
        "From": "+4915112345678",
        "StatusCallback": f"{CALLBACK}?reference=d-1",
    }


def test_a_messaging_service_chooses_the_sender_and_nobody_local_is_called_back(
    provider: Provider, account: dict[str, Any]
) -> None:
    account |= {"sender": "", "messaging_service_sid": "MG1", "callback_url": "http://localhost:8000/hooks/x"}
    media = {"media": "https://shop.example/a.jpg"}
    send(account, composed(account, fields=media))
    assert provider.taken[0].form == {
        "To": "+4915187654321",
        "Body": "Hi",
        "MessagingServiceSid": "MG1",
        "MediaUrl": media["media"],
    }


REFUSALS = [
    (400, 21211, Result.BAD_ADDRESS),
    (400, 21614, Result.BAD_ADDRESS),
    (400, 21610, Result.WITHDRAWN),
    (400, 21408, Result.REFUSED),
    (400, 21606, Result.POLICY),
    (400, 21617, Result.REFUSED),
    (400, 30007, Result.POLICY),
    (401, 20003, Result.UNREACHABLE),
    (429, 20429, Result.RETRY),
    (400, 99999, Result.REFUSED),
]


@pytest.mark.parametrize(("status", "code", "result"), REFUSALS)
def test_a_refusal_says_what_it_means(
    provider: Provider, account: dict[str, Any], status: int, code: int, result: Result
) -> None:
    provider.faults = [(status, {"code": code, "message": "no", "status": status})]
    (outcome,) = send(account, composed(account))
    assert outcome.result is result
    assert code == 99999 or outcome.code == str(code)


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ("cut", Result.UNCERTAIN),
        ((503, b"busy", {"Retry-After": "7"}), Result.RETRY),
        ((429, b"", {"Retry-After": "1e9"}), Result.RETRY),
        ((500, b"<html>oops</html>"), Result.UNCERTAIN),
        ((504, b""), Result.UNCERTAIN),
        ((200, b"<html>a portal</html>"), Result.UNCERTAIN),
        ((201, b"[1, 2"), Result.UNCERTAIN),
        ((302, b"", {"Location": "http://10.0.0.1/"}), Result.REFUSED),
        ((201, {"sid": "SM2", "status": "failed", "error_code": 30005}), Result.BAD_ADDRESS),
    ],
)
def test_what_may_have_arrived_is_uncertain(
    provider: Provider, account: dict[str, Any], fault: Any, result: Result
) -> None:
    provider.faults = [fault]
    (outcome,) = send(account, composed(account))
    assert outcome.result is result
    if fault[0] in {503, 429}:
        assert outcome.retry_after == min(float(fault[2]["Retry-After"]), http.MAX_WAIT)


def test_silence_after_the_request_is_uncertain(
    provider: Provider, account: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", 0.2)
    provider.faults = ["silent"]
    assert send(account, composed(account))[0].result is Result.UNCERTAIN


def test_without_a_server_nothing_was_sent(provider: Provider, account: dict[str, Any]) -> None:
    provider.close()
    assert send(account, composed(account))[0].result is Result.UNREACHABLE


def test_an_inside_address_is_never_asked(account: dict[str, Any], settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    assert send(account, composed(account))[0].result is Result.UNREACHABLE


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("x" * 100_000, {}, "654 segments"),
        ("🙂" * 200, {}, "7 segments"),
        ("", {}, "empty"),
        (" \x00\x07 ", {}, "empty"),
        ("Hi", {"address": "0151 1234"}, "country code"),
        ("Hi", {"address": "+49151\nFrom: x"}, "country code"),
    ],
)
def test_what_no_phone_could_take_is_unfit(
    account: dict[str, Any], text: str, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(Unfit, match=words):
        composed(account, text, **more)


def test_marketing_ends_with_the_way_out(account: dict[str, Any]) -> None:
    account |= {"opt_out_line": "Reply STOP to opt out", "sender": "49151"}
    link = "https://crm.example.org/u/x"
    texts = [json.loads(composed(account, unsubscribe_url=url).payload)["text"] for url in ("", link)]
    assert texts == ["Hi", "Hi\nReply STOP to opt out"]
    account |= {"opt_out_line": "Opt out: {link}", "sender": "Shop"}
    assert json.loads(composed(account, unsubscribe_url=link).payload)["text"] == f"Hi\nOpt out: {link}"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sender": ""}, "sender"),
        ({"sender": "Schöner Laden"}, "sender"),
        ({"sender": "+49 151"}, "sender"),
        ({"sender": "Shop", "opt_out_line": "Reply STOP"}, "opt_out_line"),
        ({"max_segments": 11}, "max_segments"),
        ({"base_url": "https://api.example.org/?x=1"}, "base_url"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    account: dict[str, Any], wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(WrongSettings) as refused:
        ADAPTERS["twilio"].check(account | wrong)
    assert refused.value.field == field


def test_codes_have_advice() -> None:
    assert "STOP" in ADAPTERS["twilio"].advice("21610")
    assert ADAPTERS["twilio"].advice("unheard of") == ""


def test_the_page_asks_the_provider_and_says_what_to_do(
    provider: Provider, account: dict[str, Any], page: Any, db: None, actor: Any
) -> None:
    values = {key: value for key, value in account.items() if key != "callback_url"}
    row = accounts.create(actor=actor, adapter="twilio", name="Texts", values=values)

    provider.faults = [(200, {"friendly_name": "Shop", "status": "active", "type": "Full"})]
    shown = page.post(f"/settings/channels/{row.pk}/inspection/").content.decode()
    assert "active" in shown
    provider.faults = [(401, {"message": "Authenticate"})]
    refused = page.post(f"/settings/channels/{row.pk}/inspection/")
    assert (refused.status_code, "401 Authenticate" in refused.content.decode()) == (422, True)
    provider.faults = [(401, {"code": 20003, "message": "Authenticate"})]
    tried = page.post(f"/settings/channels/{row.pk}/test/", {"address": "+4915187654321"}).content.decode()
    assert "Check the account SID and the auth token." in tried
    assert [entry.action for entry in AuditEntry.objects.order_by("id")][-2:] == [
        "channel_account.inspected",
        "channel_account.tested",
    ]
    sent = page.post(f"/settings/channels/{row.pk}/test/", {"address": "0151 87654321"}).content.decode()
    assert "It was accepted." in sent or "no address" in sent
