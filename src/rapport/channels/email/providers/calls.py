"""The calls of providers to an account's address: proven, fresh, data apart, and read."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import io
import json
from collections.abc import Mapping
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.webhooks.base import AnymailCoreWebhookView
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.utils.translation import gettext as _

from rapport.channels.incoming import Call, Malformed, NotTheirs

TOLERANCE = dt.timedelta(hours=26)
"""Providers offer a call again for up to a day when it was not answered."""


def request_of(call: Call) -> HttpRequest:
    """The call as Django's views take it."""
    headers = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in call.headers.items()}
    return WSGIRequest(
        {
            **headers,
            "REQUEST_METHOD": call.method,
            "PATH_INFO": "/",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "CONTENT_TYPE": call.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(call.body)),
            "wsgi.input": io.BytesIO(call.body),
        }
    )


def events_of(view: AnymailCoreWebhookView, call: Call) -> list[Any]:
    """The events of a call, if it is the provider's. Raises NotTheirs and Malformed."""
    request = request_of(call)
    try:
        view.run_validators(request)
    except AnymailWebhookValidationFailure as error:
        raise NotTheirs(str(error.args[0])) from error
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise NotTheirs(_("The proof of the call cannot be read.")) from error
    try:
        return list(view.parse_events(request))
    except (AnymailAPIError, AnymailConfigurationError) as error:
        raise Malformed(str(error)[:300]) from error
    except (
        ValueError,
        KeyError,
        TypeError,
        LookupError,
        AttributeError,
        OverflowError,
        OSError,
        RecursionError,
    ) as error:
        raise Malformed(f"{type(error).__name__}: {error}"[:300]) from error


def check_password(call: Call, settings: Mapping[str, Any]) -> None:
    """Raises NotTheirs when the account has a user and password for its calls, and the call does not have them."""
    expected = str(settings.get("call_password") or "")
    if not expected:
        return
    scheme, _space, given = call.headers.get("authorization", "").partition(" ")
    try:
        plain = base64.b64decode(given, validate=True) if scheme.lower() == "basic" else given.encode()
    except (binascii.Error, ValueError):
        plain = b""
    if not hmac.compare_digest(plain, expected.encode()):
        raise NotTheirs(_("The user and password of the call are missing or wrong."))


def check_fresh(stamp: object, now: dt.datetime) -> None:
    """Raises NotTheirs for a call that was signed too long ago, or in the future."""
    try:
        signed = dt.datetime.fromtimestamp(float(str(stamp)), dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotTheirs(_("The call bears no time.")) from error
    if not -dt.timedelta(minutes=15) <= now - signed <= TOLERANCE:
        raise NotTheirs(_("The call was signed too long ago: it may be a copy of an old one."))


def json_of(call: Call) -> Any:
    """The body. Raises Malformed."""
    try:
        return json.loads(call.body)
    except (ValueError, RecursionError) as error:
        raise Malformed(_("The call is no JSON.")) from error


def is_json(call: Call) -> bool:
    """Whether it says of itself that it is."""
    return "json" in call.headers.get("content-type", "")
