"""Messages to email providers, and the accounts they go over, as tests make them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rapport.channels.protocol import Content, Message, Outcome, Sender
from rapport.channels.registry import ADAPTERS
from rapport.channels.tests.http_api import Api

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


def message(key: str, **other: Any) -> Message:
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


def deliver(key: str, api: Api, *messages: Message) -> list[Outcome]:
    channel = ADAPTERS[key].open(SETTINGS[key] | {"endpoint": api.url, "connections": 2})
    try:
        return channel.deliver(messages or [message(key)])
    finally:
        channel.close()
