"""OAuth 2 as LinkedIn and X use it: an access token that ends, and a refresh token that is traded for the next."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.http import by_status, json_of
from rapport.channels.networks import Failed, SignedOut, Tokens
from rapport.channels.protocol import Outcome, Result
from rapport.channels.registry import SettingField, WrongSettings
from rapport.channels.social.asking import words_of
from rapport.core.services import outbound

FORM = "application/x-www-form-urlencoded"
FIELDS = (
    SettingField("access_token", gettext_lazy("Access token"), "secret"),
    SettingField(
        "refresh_token",
        gettext_lazy("Refresh token"),
        "secret",
        required=False,
        help=gettext_lazy(
            "With it the access token is renewed by itself; without, enter a new one when it ends."
        ),
    ),
    SettingField("client_id", gettext_lazy("Client id"), required=False),
    SettingField("client_secret", gettext_lazy("Client secret"), "secret", required=False),
)


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    if settings.get("refresh_token") and not settings.get("client_id"):
        raise WrongSettings(_("A refresh token needs the client id of the app."), "client_id")


def renew(settings: Mapping[str, Any], address: str, now: dt.datetime, *, basic: bool = False) -> Tokens:
    """New tokens. `basic` sends the client's secret as a header. Raises SignedOut when refused, Failed otherwise."""
    refresh = str(settings.get("refresh_token") or "")
    client, secret = str(settings.get("client_id") or ""), str(settings.get("client_secret") or "")
    if not refresh or not client:
        raise SignedOut("401", _("The access token has ended, and there is no refresh token."))
    form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": client}
    headers = {"content-type": FORM}
    if secret and basic:
        pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    elif secret:
        form["client_secret"] = secret
    try:
        answer = outbound.request("POST", address, body=urlencode(form).encode(), headers=headers)
    except (outbound.Refused, outbound.Unreachable) as error:
        raise Failed(Outcome(Result.UNREACHABLE, "connection", str(error))) from error
    content = json_of(answer)
    if answer.status in {400, 401, 403}:
        raise SignedOut("refresh", words_of(answer))
    if answer.status != 200 or not content.get("access_token"):
        raise Failed(by_status(answer))
    return _tokens(content, refresh, now)


def _tokens(content: Mapping[str, Any], refresh: str, now: dt.datetime) -> Tokens:
    lasts = content.get("expires_in")
    seconds = lasts if isinstance(lasts, int) and 0 < lasts < 10**9 else 3600
    return Tokens(
        str(content["access_token"]),
        str(content.get("refresh_token") or refresh),
        now + dt.timedelta(seconds=seconds),
    )


def advice(code: str) -> str:
    words = {
        "401": _("The access token has ended: connect the account again and enter the new tokens."),
        "refresh": _(
            "The refresh token is no longer taken: connect the account again and enter the new tokens."
        ),
        "403": _("The app or the account lacks a permission: see its scopes and its access level."),
        "duplicate": _("The network has this very text already; it takes the same text once only."),
    }
    return words.get(code, "")
