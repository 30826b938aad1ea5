"""The webhook channel against a receiver that checks signature and shape."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import uuid
from typing import Any

import pytest

from rapport.channels.incoming import Answer, Call, Choice, Malformed, NotTheirs, Receipt, Reply
from rapport.channels.models import ChannelAccount
from rapport.channels.protocol import Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.registry import ADAPTERS, WrongSettings
from rapport.channels.services import accounts, trials
from rapport.channels.tests.http_api import DROP, Api, Request
from rapport.core.access import system
from rapport.core.services import standard_webhooks
from rapport.people.models import Identifier, Person

NOW = dt.datetime(2026, 11, 29, 16, tzinfo=dt.UTC)
REFERENCE = "0198a3c4-5b6d-7e8f-9012-3456789abcde"
SECRET, FORMER = standard_webhooks.new_secret(), standard_webhooks.new_secret()
ADAPTER = ADAPTERS["webhook"]


def _message(
    settings: dict[str, Any], body: str = '{"type": "order.shipped", "data": {"n": 1}}', headers: str = ""
) -> Message:
    fields = {"body": body, "headers": headers}
    content = Content(REFERENCE, "Maria", "p1", "", "", "", NOW, fields=fields)
    return ADAPTER.compose(Sender("Shop", "shop@example.org"), settings)(content)


def _deliver(provider: Api, settings: dict[str, Any] | None = None, **message: str) -> Outcome:
    whole = {"url": provider.url + "/in", "secret": SECRET, **(settings or {})}
    channel = ADAPTER.open(whole)
    try:
        return channel.deliver([_message(whole, **message)])[0]
    finally:
        channel.close()


def _signed_by(request: Request, secret: str) -> bool:
    """As a receiver checks it (https://www.standardwebhooks.com, by hand)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    mac = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return f"v1,{mac}" in request.headers["webhook-signature"].split(" ")


def test_a_message_is_posted_signed_under_the_id_of_its_delivery(provider: Api) -> None:
    outcome = _deliver(provider, {"headers": "X-Shop: 1"}, headers="Authorization: Bearer abc\n")
    assert outcome.result is Result.ACCEPTED
    request = provider.last
    assert (request.method, request.path, request.json) == (
        "POST",
        "/in",
        {"type": "order.shipped", "data": {"n": 1}},
    )
    assert (request.headers["webhook-id"], request.headers["webhook-timestamp"]) == (
        REFERENCE,
        str(int(NOW.timestamp())),
    )
    assert (request.headers["x-shop"], request.headers["authorization"]) == ("1", "Bearer abc")
    assert request.headers["content-type"] == "application/json"
    assert _signed_by(request, SECRET)
    assert not _signed_by(request, FORMER)


def test_while_the_secret_is_changed_both_sign(provider: Api) -> None:
    _deliver(provider, {"former_secret": FORMER, "rotating": True})
    assert _signed_by(provider.last, SECRET)
    assert _signed_by(provider.last, FORMER)
    _deliver(provider, {"former_secret": FORMER, "rotating": False})
    assert not _signed_by(provider.last, FORMER)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ((204, ""), Result.ACCEPTED),
        ((301, "", {"Location": "http://127.0.0.1/elsewhere"}), Result.RETRY),
        ((400, "what is this"), Result.REFUSED),
        ((404, ""), Result.RETRY),
        ((410, ""), Result.UNREACHABLE),
        ((429, "", {"Retry-After": "90"}), Result.RETRY),
        ((500, "oops\0"), Result.RETRY),
        (DROP, Result.RETRY),
    ],
)
def test_each_answer_means_one_thing(answer: Any, result: Result, provider: Api) -> None:
    provider.answer = lambda request: answer
    outcome = _deliver(provider)
    assert (outcome.result, outcome.ends_account) == (result, answer[0] == 410)
    assert outcome.retry_after == (90.0 if answer[0] == 429 else None)
    assert len(provider.requests) == 1


def test_no_message_goes_inside(provider: Api, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    assert _deliver(provider).result is Result.UNREACHABLE
    assert provider.requests == []


@pytest.mark.parametrize(
    "body", ["", "{", '{"a": NaN}', "[" * 100_000, '{"a": "' + "x" * 300_000 + '"}', "{'a': 1}"]
)
def test_what_is_no_json_is_not_sent(body: str) -> None:
    with pytest.raises(Unfit):
        _message({"secret": SECRET}, body=body)


@pytest.mark.parametrize(
    "line",
    [
        "no colon",
        "X-A: b\x00",
        "Host: evil",
        "webhook-id: 1",
        "Content-Length: 9",
        "X-Ä: 1",
        "X-A: ä",
        ": x",
        "X A: 1",
    ],
)
def test_a_header_that_could_speak_for_us_is_not_sent(line: str) -> None:
    with pytest.raises(Unfit):
        _message({"secret": SECRET}, headers=line)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("secret", "whsec_short"),
        ("secret", "not base64 at all!"),
        ("headers", "broken"),
        ("url", "https://127.0.0.1/"),
        ("rotating", True),
    ],
)
def test_settings_that_cannot_work_are_refused(field: str, value: Any) -> None:
    with pytest.raises(WrongSettings) as caught:
        ADAPTER.check({"url": "https://203.0.113.9/in", "secret": SECRET, field: value})
    assert caught.value.field == (field if field != "rotating" else "former_secret")


def _call(body: Any, *, secret: str = SECRET, at: dt.datetime = NOW) -> Call:
    raw = json.dumps(body).encode()
    headers = standard_webhooks.headers(secret, message_id="c1", at=at, body=raw)
    return Call("POST", "https://shop.example/hooks/channels/t", headers, {}, raw, NOW)


def _receive(call: Call) -> Answer:
    assert ADAPTER.receive is not None
    return ADAPTER.receive(call, {"secret": SECRET})


def test_a_receiver_may_say_what_became_of_a_message() -> None:
    data = {"message": REFERENCE, "person": "p1", "text": "Yes"}
    [receipt] = _receive(_call({"type": "message.delivered", "data": data})).incoming
    [reply] = _receive(_call({"type": "person.replied", "data": data})).incoming
    [choice] = _receive(_call({"type": "person.stopped", "data": data})).incoming
    assert isinstance(receipt, Receipt)
    assert (receipt.kind.value, receipt.reference) == ("delivered", REFERENCE)
    assert isinstance(reply, Reply)
    assert (reply.text, reply.answers, reply.address) == ("Yes", REFERENCE, "p1")
    assert isinstance(choice, Choice)
    assert not choice.wants


def test_calls_that_are_forged_or_old_are_refused() -> None:
    body = {"type": "person.stopped", "data": {"person": "p1"}}
    right = _call(body)
    changed = Call("POST", "", right.headers, {}, right.body + b" ", NOW)
    for call in (
        _call(body, secret=FORMER),
        _call(body, at=NOW - dt.timedelta(minutes=6)),
        changed,
        Call("POST", "", {}, {}, b"", NOW),
    ):
        with pytest.raises(NotTheirs):
            _receive(call)
    for nonsense in (
        {"type": "x", "data": {"person": "p"}},
        {"type": "person.stopped", "data": {}},
        [],
        {"type": 3},
    ):
        with pytest.raises(Malformed):
            _receive(_call(nonsense))


def test_410_takes_the_account_out_of_use(provider: Api, db: None, sender: None) -> None:
    actor = system("test")
    person = Person.objects.create(id=uuid.uuid4(), name="Maria", first_seen_at=NOW, last_seen_at=NOW)
    Identifier.objects.create(person=person, type="user_id", value="p1", first_seen_at=NOW)
    values = {"url": provider.url, "secret": SECRET}
    account = accounts.create(actor=actor, adapter="webhook", name="ERP", values=values)
    provider.answer = lambda request: (410, "")
    outcome = trials.send_test(actor=actor, account_id=account.pk, address="p1")
    assert outcome.result is Result.UNREACHABLE
    row = ChannelAccount.objects.get(pk=account.pk)
    assert row.disabled_at is not None
    assert "410" in row.last_error
    assert provider.last.json["type"] == "test"
