"""Messages over the APIs of providers: who we are, what is kept of our message, and what each answer means."""

from __future__ import annotations

import base64
import datetime as dt
import email
import hashlib
import hmac
from collections.abc import Iterator
from email import policy
from typing import Any

import pytest

from rapport.channels.protocol import Content, Message, Outcome, Result, Sender
from rapport.channels.registry import ADAPTERS
from rapport.channels.tests.http_api import DROP, Api, Asked, api_server

REFERENCE = "0198a3c4-5b6d-7e8f-9012-3456789abcde"
SETTINGS: dict[str, dict[str, Any]] = {
    "ses": {
        "region": "eu-central-1",
        "access_key": "AKIDEXAMPLE",
        "secret_key": "wJalrXUt",
        "configuration_set": "rapport",
    },
    "mailgun": {"api_key": "key-1", "domain": "mg.shop.example", "region": "eu"},
    "postmark": {"server_token": "token-1", "message_stream": "news"},
    "sendgrid": {"api_key": "SG.1", "region": "us"},
    "brevo": {"api_key": "xkeysib-1"},
}
SUCCESS: dict[str, tuple[int, Any]] = {
    "ses": (200, {"MessageId": "0107-id"}),
    "mailgun": (200, {"id": "<20261129.1@mg.shop.example>", "message": "Queued. Thank you."}),
    "postmark": (200, {"To": "maria@example.org", "ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a"}),
    "sendgrid": (202, ""),
    "brevo": (201, {"messageId": "<2026.1@smtp-relay.mailin.fr>"}),
}


@pytest.fixture
def api(settings: Any) -> Iterator[Api]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with api_server() as server:
        yield server


def _message(key: str, **other: Any) -> Message:
    sender = Sender(
        "Müller & Töchter, Berlin",
        "news@shop.example",
        "hello@shop.example",
        "newsletter",
        "7:newsletter:x:y",
    )
    values: dict[str, Any] = {
        "reference": REFERENCE,
        "name": "María, née O’Neill",
        "address": "maria@example.org",
        "subject": "Grüße 🎁",
        "html": "<p>Größe = 42</p>",
        "text": "Größe = 42\n.\n",
        "at": dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC),
        "unsubscribe_url": "https://shop.example/u/abc",
    }
    return ADAPTERS[key].compose(sender, SETTINGS[key])(Content(**values | other))


def _deliver(key: str, api: Api, *messages: Message) -> list[Outcome]:
    channel = ADAPTERS[key].open(SETTINGS[key] | {"endpoint": api.url, "connections": 2})
    try:
        return channel.deliver(messages or [_message(key)])
    finally:
        channel.close()


def _sent(key: str, asked: Asked) -> tuple[dict[str, str], str]:
    """(our headers, the reference) as the provider reads them of its own shape."""
    if key == "ses":
        mail = email.message_from_bytes(
            base64.b64decode(asked.json["Content"]["Raw"]["Data"]), policy=policy.default
        )
        return {name.lower(): str(text) for name, text in mail.items()}, asked.json["EmailTags"][0]["Value"]
    if key == "mailgun":
        form = email.message_from_bytes(
            b"Content-Type: " + asked.headers["content-type"].encode() + b"\r\n\r\n" + asked.body,
            policy=policy.default,
        )
        if form.is_multipart():
            fields = {
                part.get_param("name", header="content-disposition"): part.get_content()
                for part in form.iter_parts()
            }
        else:
            from urllib.parse import parse_qsl

            fields = dict(parse_qsl(asked.body.decode()))
        headers = {name[2:].lower(): text for name, text in fields.items() if name.startswith("h:")}
        return headers | {"subject": fields["subject"]}, fields["v:rapport_delivery"]
    body = asked.json
    if key == "postmark":
        headers = {row["Name"].lower(): row["Value"] for row in body["Headers"]}
        return headers | {"subject": body["Subject"]}, body["Metadata"]["rapport_delivery"]
    if key == "sendgrid":
        person = body["personalizations"][0]
        headers = {
            name.lower(): text for name, text in (body.get("headers", {}) | person.get("headers", {})).items()
        }
        args = body.get("custom_args", {}) | person.get("custom_args", {})
        return headers | {"subject": body["subject"]}, args["rapport_delivery"]
    headers = {name.lower(): text for name, text in body["headers"].items()}
    import json

    return headers | {"subject": body["subject"]}, json.loads(headers["x-mailin-custom"])["rapport_delivery"]


@pytest.mark.parametrize("key", SETTINGS)
def test_every_header_of_ours_reaches_the_provider(key: str, api: Api) -> None:
    api.answer = lambda asked: SUCCESS[key]
    [outcome] = _deliver(key, api)
    assert (outcome.result, bool(outcome.provider_id)) == (Result.ACCEPTED, True)
    headers, reference = _sent(key, api.last)
    assert reference == REFERENCE
    assert headers["subject"] == "Grüße 🎁"
    assert headers["message-id"] == f"<{REFERENCE}@shop.example>"
    assert headers["list-unsubscribe"] == "<https://shop.example/u/abc>"
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert headers["feedback-id"] == "7:newsletter:x:y"
    assert headers["auto-submitted"] == "auto-generated"
    assert headers["list-id"] == "<newsletter.shop.example>"


@pytest.mark.parametrize(
    ("key", "header", "value"),
    [
        ("mailgun", "authorization", "Basic " + base64.b64encode(b"api:key-1").decode()),
        ("postmark", "x-postmark-server-token", "token-1"),
        ("sendgrid", "authorization", "Bearer SG.1"),
        ("brevo", "api-key", "xkeysib-1"),
    ],
)
def test_the_provider_is_told_who_we_are(key: str, header: str, value: str, api: Api) -> None:
    api.answer = lambda asked: SUCCESS[key]
    _deliver(key, api)
    assert api.last.headers[header] == value


def test_postmark_keeps_our_message_id_and_touches_no_link(api: Api) -> None:
    api.answer = lambda asked: SUCCESS["postmark"]
    _deliver("postmark", api)
    body = api.last.json
    assert {"Name": "X-PM-KeepID", "Value": "true"} in body["Headers"]
    assert (body["TrackOpens"], body["TrackLinks"], body["MessageStream"]) == (False, "None", "news")
    assert body["HtmlBody"].strip() == "<p>Größe = 42</p>"


def test_ses_gets_the_very_bytes_signed_for_its_region(api: Api) -> None:
    api.answer = lambda asked: SUCCESS["ses"]
    message = _message("ses")
    _deliver("ses", api, message)
    asked = api.last
    assert base64.b64decode(asked.json["Content"]["Raw"]["Data"]) == message.payload
    assert asked.json["Destination"] == {"ToAddresses": ["maria@example.org"]}
    assert asked.json["ConfigurationSetName"] == "rapport"
    assert asked.headers["authorization"] == _signature(asked)


def _signature(asked: Asked) -> str:
    """AWS Signature Version 4, computed from what arrived."""
    given = asked.headers["authorization"]
    names = given.split("SignedHeaders=")[1].split(",")[0]
    canonical = "".join(f"{name}:{asked.headers[name].strip()}\n" for name in names.split(";"))
    digest = hashlib.sha256(asked.body).hexdigest()
    request = f"POST\n{asked.path}\n\n{canonical}\n{names}\n{digest}"
    day, stamp = asked.headers["x-amz-date"][:8], asked.headers["x-amz-date"]
    scope = f"{day}/eu-central-1/ses/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = b"AWS4wJalrXUt"
    for part in (day, "eu-central-1", "ses", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"


@pytest.mark.parametrize(
    ("key", "answer", "result"),
    [
        ("mailgun", (400, {"message": "to parameter is not a valid address"}), Result.REFUSED),
        (
            "mailgun",
            (400, {"message": "'to' parameter is not a valid address. please check documentation"}),
            Result.BAD_ADDRESS,
        ),
        ("mailgun", (400, {"message": "'from' parameter is not a valid address"}), Result.POLICY),
        ("mailgun", (401, "Forbidden"), Result.UNREACHABLE),
        ("mailgun", (404, {"message": "Domain not found: mg.shop.example"}), Result.UNREACHABLE),
        (
            "mailgun",
            (403, {"message": "Domain mg.shop.example is not allowed to send: disabled"}),
            Result.POLICY,
        ),
        ("mailgun", (429, {"message": "slow down"}, {"Retry-After": "30"}), Result.RETRY),
        (
            "postmark",
            (422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'maria@example.org'."}),
            Result.BAD_ADDRESS,
        ),
        (
            "postmark",
            (
                422,
                {
                    "ErrorCode": 406,
                    "Message": "Found inactive addresses: maria@example.org. Inactive recipients are …",
                },
            ),
            Result.REFUSED,
        ),
        ("postmark", (422, {"ErrorCode": 401, "Message": "Sender signature not confirmed"}), Result.POLICY),
        ("postmark", (422, {"ErrorCode": 405, "Message": "Not allowed to send"}), Result.UNREACHABLE),
        (
            "sendgrid",
            (
                400,
                {
                    "errors": [
                        {
                            "message": "Does not contain a valid address.",
                            "field": "personalizations.0.to.0.email",
                        }
                    ]
                },
            ),
            Result.BAD_ADDRESS,
        ),
        (
            "sendgrid",
            (
                403,
                {
                    "errors": [
                        {
                            "message": "The from address does not match a verified Sender Identity",
                            "field": "from",
                        }
                    ]
                },
            ),
            Result.POLICY,
        ),
        ("sendgrid", (401, {"errors": [{"message": "Maximum credits exceeded"}]}), Result.UNREACHABLE),
        (
            "brevo",
            (400, {"code": "invalid_parameter", "message": "email is not valid in to"}),
            Result.BAD_ADDRESS,
        ),
        ("brevo", (402, {"code": "not_enough_credits", "message": "…"}), Result.UNREACHABLE),
        (
            "brevo",
            (400, {"code": "invalid_parameter", "message": "…the sender you used x@y is not valid"}),
            Result.POLICY,
        ),
        (
            "ses",
            (400, {"message": "Email address is not verified."}, {"x-amzn-ErrorType": "MessageRejected"}),
            Result.POLICY,
        ),
        (
            "ses",
            (403, {"message": "…"}, {"x-amzn-ErrorType": "InvalidSignatureException"}),
            Result.UNREACHABLE,
        ),
        (
            "ses",
            (
                400,
                {"message": "Maximum sending rate exceeded."},
                {"x-amzn-ErrorType": "TooManyRequestsException"},
            ),
            Result.RETRY,
        ),
        (
            "ses",
            (
                400,
                {"message": "Sending paused for this account."},
                {"x-amzn-ErrorType": "SendingPausedException"},
            ),
            Result.POLICY,
        ),
        ("ses", (400, {"message": "Local address contains control or whitespace"}), Result.BAD_ADDRESS),
        ("ses", (200, "<html>a portal of the hotel</html>"), Result.UNCERTAIN),
        ("brevo", (503, "maintenance"), Result.RETRY),
        ("brevo", (504, "gateway timeout"), Result.UNCERTAIN),
        ("mailgun", (302, "", {"Location": "http://127.0.0.1:1/elsewhere"}), Result.UNREACHABLE),
        ("mailgun", (200, "not json"), Result.UNCERTAIN),
        ("postmark", DROP, Result.UNCERTAIN),
        ("ses", DROP, Result.UNCERTAIN),
    ],
)
def test_each_answer_means_one_thing(key: str, answer: Any, result: Result, api: Api) -> None:
    api.answer = lambda asked: answer
    [outcome] = _deliver(key, api)
    assert outcome.result is result, outcome
    assert len(api.asked) == 1
    assert outcome.retry_after == (30.0 if "Retry-After" in str(answer) else None)


@pytest.mark.parametrize("key", SETTINGS)
def test_what_never_left_is_not_uncertain(key: str, api: Api, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    [outcome] = _deliver(key, api)
    assert (outcome.result, api.asked) == (Result.UNREACHABLE, [])
    for secret in SETTINGS[key].values():
        assert secret not in outcome.detail or secret in {"eu", "us", "news", "rapport"}


def test_several_go_at_once_and_are_answered_in_order(api: Api) -> None:
    def answer(asked: Asked) -> tuple[int, Any]:
        number = asked.json["Subject"]
        return 200, {"To": "maria@example.org", "ErrorCode": 0, "Message": "OK", "MessageID": f"id-{number}"}

    api.answer = answer
    outcomes = _deliver("postmark", api, *[_message("postmark", subject=str(number)) for number in range(20)])
    assert [outcome.provider_id for outcome in outcomes] == [f"id-{number}" for number in range(20)]
