"""Messages over the APIs of providers: who we are, and what is kept of our message."""

from __future__ import annotations

import base64
import email
import hashlib
import hmac
import json
from email import policy
from urllib.parse import parse_qsl

import pytest

from rapport.channels.protocol import Result
from rapport.channels.tests.http_api import Api, Request
from rapport.channels.tests.provider_messages import REFERENCE, SETTINGS, SUCCESS, deliver, message


def _sent(key: str, request: Request) -> tuple[dict[str, str], str]:
    """(our headers, the reference) as the provider reads them of its own shape."""
    if key == "ses":
        mail = email.message_from_bytes(
            base64.b64decode(request.json["Content"]["Raw"]["Data"]), policy=policy.default
        )
        return {name.lower(): str(text) for name, text in mail.items()}, request.json["EmailTags"][0]["Value"]
    if key == "mailgun":
        form = email.message_from_bytes(
            b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.body,
            policy=policy.default,
        )
        if form.is_multipart():
            fields = {
                part.get_param("name", header="content-disposition"): part.get_content()
                for part in form.iter_parts()
            }
        else:
            fields = dict(parse_qsl(request.body.decode()))
        headers = {name[2:].lower(): text for name, text in fields.items() if name.startswith("h:")}
        return headers | {"subject": fields["subject"]}, fields["v:rapport_delivery"]
    body = request.json
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
    return headers | {"subject": body["subject"]}, json.loads(headers["x-mailin-custom"])["rapport_delivery"]


@pytest.mark.parametrize("key", SETTINGS)
def test_every_header_of_ours_reaches_the_provider(key: str, provider: Api) -> None:
    provider.answer = lambda request: SUCCESS[key]
    [outcome] = deliver(key, provider)
    assert (outcome.result, bool(outcome.provider_id)) == (Result.ACCEPTED, True)
    headers, reference = _sent(key, provider.last)
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
def test_the_provider_is_told_who_we_are(key: str, header: str, value: str, provider: Api) -> None:
    provider.answer = lambda request: SUCCESS[key]
    deliver(key, provider)
    assert provider.last.headers[header] == value


def test_postmark_keeps_our_message_id_and_touches_no_link(provider: Api) -> None:
    provider.answer = lambda request: SUCCESS["postmark"]
    deliver("postmark", provider)
    body = provider.last.json
    assert {"Name": "X-PM-KeepID", "Value": "true"} in body["Headers"]
    assert (body["TrackOpens"], body["TrackLinks"], body["MessageStream"]) == (False, "None", "news")
    assert body["HtmlBody"].strip() == "<p>Größe = 42</p>"


def test_ses_gets_the_very_bytes_signed_for_its_region(provider: Api) -> None:
    provider.answer = lambda request: SUCCESS["ses"]
    mail = message("ses")
    deliver("ses", provider, mail)
    request = provider.last
    assert base64.b64decode(request.json["Content"]["Raw"]["Data"]) == mail.payload
    assert request.json["Destination"] == {"ToAddresses": ["maria@example.org"]}
    assert request.json["ConfigurationSetName"] == "rapport"
    assert request.headers["authorization"] == _signature(request)


def _signature(request: Request) -> str:
    """AWS Signature Version 4, computed from what arrived."""
    given = request.headers["authorization"]
    names = given.split("SignedHeaders=")[1].split(",")[0]
    canonical = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names.split(";"))
    digest = hashlib.sha256(request.body).hexdigest()
    signed = f"POST\n{request.path}\n\n{canonical}\n{names}\n{digest}"
    day, stamp = request.headers["x-amz-date"][:8], request.headers["x-amz-date"]
    scope = f"{day}/eu-central-1/ses/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(signed.encode()).hexdigest()}"
    key = b"AWS4wJalrXUt"
    for part in (day, "eu-central-1", "ses", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"
