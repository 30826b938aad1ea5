"""Amazon SES: the raw message by its API v2, signed with AWS Signature Version 4."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests_aws4auth import AWS4Auth

from rapport.channels.email.providers import answers, messages
from rapport.channels.email.providers.sessions import GuardedSession
from rapport.channels.email.providers.transport import TIMEOUT, Post
from rapport.channels.protocol import Message, Outcome, Result


def address(settings: Mapping[str, Any]) -> str:
    """Where the API of the account's region is."""
    return str(settings.get("endpoint") or f"https://email.{settings['region']}.amazonaws.com").rstrip("/")


def connecting(settings: Mapping[str, Any]) -> Callable[[], Post]:
    """What makes a post with the settings of one account."""

    def connect() -> Post:
        session = GuardedSession(TIMEOUT)
        session.auth = AWS4Auth(settings["access_key"], settings["secret_key"], settings["region"], "ses")
        return lambda message: _post(session, message, settings)

    return connect


def _post(session: requests.Session, message: Message, settings: Mapping[str, Any]) -> Outcome:
    try:
        answer = session.post(
            f"{address(settings)}/v2/email/outbound-emails",
            data=json.dumps(_request(message, settings)),
            headers={"Content-Type": "application/json"},
        )
    except requests.RequestException as error:
        return answers.of_silence(error)
    if answer.status_code != 200:
        return answers.of_response(answer)
    try:
        return Outcome(Result.ACCEPTED, "", "", str(answer.json()["MessageId"])[:254])
    except (ValueError, KeyError, TypeError):
        return answers.of_response(answer)


def _request(message: Message, settings: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "Destination": {"ToAddresses": [message.recipient]},
        "Content": {"Raw": {"Data": base64.b64encode(message.payload).decode()}},
        "EmailTags": [{"Name": messages.DELIVERY, "Value": message.reference}],
    }
    if settings.get("configuration_set"):
        body["ConfigurationSetName"] = settings["configuration_set"]
    return body
