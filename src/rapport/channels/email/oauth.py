"""OAuth 2 at mail servers (RFC 6749, SASL XOAUTH2 and OAUTHBEARER, RFC 7628): Google and Microsoft take no password."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.utils.translation import gettext as _

from rapport.core.services import outbound

NAMES = ("token_url", "client_id", "client_secret", "refresh_token")
# Where a program signs in for itself, without a person who agreed (Microsoft's client credentials).
WHOLE_MAILBOX = "https://outlook.office365.com/.default"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LASTS = 3600
TIMEOUT = 10.0


class NoToken(Exception):
    """The provider gives no access token; the message says what to do."""


class Incomplete(ValueError):
    """A setting is missing or wrong: `name`."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class Grant:
    """What access tokens are asked for with: a refresh token, or without one the program's own name and secret."""

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Grant | None:
        """From settings; None where they name no such sign-in. Raises Incomplete."""
        named = {name: str(values.get(name) or "").strip() for name in NAMES}
        if not any(named.values()):
            return None
        address = urlsplit(named["token_url"])
        if address.scheme != "https" and address.hostname not in LOOPBACK:
            raise Incomplete(
                _("Enter the provider's token address, which begins with https://."), "token_url"
            )
        if not named["client_id"]:
            raise Incomplete(_("This is needed."), "client_id")
        if not named["refresh_token"] and not named["client_secret"]:
            words = _("Enter a refresh token, or the secret of a program that signs in itself.")
            raise Incomplete(words, "refresh_token")
        return cls(**named)

    @property
    def key(self) -> str:
        """Names it without giving it away; other settings are another one."""
        return hashlib.sha256("\n".join(getattr(self, name) for name in NAMES).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, until when it is good, and the refresh token to ask with next time."""

    access: str = field(repr=False)
    until: dt.datetime
    refresh: str = field(default="", repr=False)


def ask(grant: Grant, refresh: str, now: dt.datetime) -> Token:
    """A new access token. Raises NoToken."""
    form = {"client_id": grant.client_id, "client_secret": grant.client_secret}
    if refresh:
        form |= {"grant_type": "refresh_token", "refresh_token": refresh}
    else:
        form |= {"grant_type": "client_credentials", "scope": WHOLE_MAILBOX}
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    try:
        answer = outbound.request("POST", grant.token_url, body=body, headers=headers, timeout=TIMEOUT)
    except (outbound.Refused, outbound.Unreachable) as error:
        host = urlsplit(grant.token_url).hostname
        raise NoToken(
            _("%(host)s gives no access token: %(error)s") % {"host": host, "error": error}
        ) from error
    content = _content(answer.text)
    if answer.status != 200 or not isinstance(content.get("access_token"), str):
        raise NoToken(_advice(str(content.get("error") or f"HTTP {answer.status}"), content))
    lasts = content.get("expires_in")
    seconds = lasts if isinstance(lasts, int) and 0 < lasts < 10**7 else LASTS
    again = content.get("refresh_token")
    return Token(
        content["access_token"],
        now + dt.timedelta(seconds=seconds),
        again if isinstance(again, str) else refresh,
    )


def _content(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _advice(code: str, content: Mapping[str, Any]) -> str:
    words = {
        "invalid_grant": _(
            "The refresh token is no longer taken: agree anew at the provider and enter the new one."
        ),
        "invalid_client": _("The client id or its secret is wrong or has expired: enter them again."),
        "unauthorized_client": _(
            "The provider does not let this program sign in this way: check its permissions."
        ),
        "invalid_scope": _("The program lacks the permission for mail: grant it at the provider."),
    }.get(code, _("The provider gives no access token."))
    return f"{words} ({code}) {str(content.get('error_description') or '')[:200]}".strip()


def xoauth2(user: str, token: str) -> str:
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def oauthbearer(user: str, token: str, host: str, port: int) -> str:
    return f"n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"
