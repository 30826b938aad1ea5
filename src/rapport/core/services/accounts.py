"""Sign-in rules: administrators make accounts; passwords are reset by mail only when there is a mail server."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpRequest, HttpResponse

from rapport.core import crypto
from rapport.core.queries import workspace

DEVICE_COOKIE = "rapport_device"
DEVICE_SECONDS = 365 * 24 * 3600
_DEVICE = "known-device"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators or on the command line, never by strangers.

    Wrong passwords are counted per account and client address (and per address alone), so that nobody locks a
    colleague out by guessing; from everywhere together they are bounded too. A device that somebody has signed in
    with carries a signed cookie and is counted for itself: it passes whatever others do.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """An IPv4 address that came over an IPv6 socket as itself: not all of them are one network.

        Where a proxy does not tell addresses (`unknown`), everybody behind it is one client, and can sign in.
        """
        try:
            address = str(super().get_client_ip(request))
        except PermissionDenied:
            return "0.0.0.0"  # noqa: S104 - nothing listens on it
        mapped = getattr(ipaddress.ip_address(address), "ipv4_mapped", None)
        return str(mapped) if mapped else address

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends through `RAPPORT_SMTP_URL`; without one, nothing is sent and nothing fails."""
        if not settings.SMTP_URL:
            return
        message = self.render_mail(template_prefix, email, _with_own_addresses(context))
        message.connection = mail_connection(settings.SMTP_URL)
        message.send()

    def format_email_subject(self, subject: str) -> str:
        return f"[{workspace().name}] {subject}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        login = str(credentials.get("email", "")).lower()
        device = known_device(request, login)
        limits = (
            [("login_failed_known_device", f"{device}:{login}")]
            if device
            else [
                ("login_failed", f"{ratelimit.get_ip(request)}:{login}"),
                ("login_failed_anywhere", login),
            ]
        )
        self._failed_logins: list[Any] = []
        for action, key in limits:
            usage = ratelimit.consume(request, app="allauth.account", action=action, key=key)
            if not usage:
                raise self.validation_error("too_many_login_attempts")
            self._failed_logins.append(usage)

    def _rollback_login_failed_rl_usage(self) -> None:
        for usage in self._failed_logins:
            usage.rollback()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """After a reset of the password, which only the owner of the address can have asked for."""
        login = str(credentials.get("email", "")).lower()
        keys = {"login_failed": f"{ratelimit.get_ip(request)}:{login}", "login_failed_anywhere": login}
        for action, key in keys.items():
            ratelimit.clear(request, app="allauth.account", action=action, key=key)

    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **options)
        remember_device(response, user.email)
        return response


def _with_own_addresses(context: dict[str, Any]) -> dict[str, Any]:
    """The context of a mail with every address under the public one, whatever the Host header said."""

    def own(name: str, value: Any) -> Any:
        if not name.endswith("url") or not isinstance(value, str):
            return value
        split_url = urlsplit(value)
        return settings.PUBLIC_URL + urlunsplit(("", "", split_url.path, split_url.query, split_url.fragment))

    host = urlsplit(settings.PUBLIC_URL).netloc
    site = SimpleNamespace(name=workspace().name, domain=host)
    return {name: own(name, value) for name, value in context.items()} | {"current_site": site}


def remember_device(response: HttpResponse, login: str) -> None:
    """Lets this browser be known for the account from now on."""
    token = crypto.sign(_DEVICE, secrets.token_bytes(8) + _fingerprint(login))
    response.set_cookie(
        _cookie_of(login), token, max_age=DEVICE_SECONDS, httponly=True, samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def known_device(request: HttpRequest, login: str) -> str:
    """The number of the device, if somebody signed in to this account with it before; else an empty text."""
    try:
        message = crypto.unsign(_DEVICE, request.COOKIES.get(_cookie_of(login), ""))
    except (crypto.BadSignature, UnicodeError):
        return ""
    return message[:8].hex() if message[8:] == _fingerprint(login) else ""


def _fingerprint(login: str) -> bytes:
    return hashlib.sha256(login.lower().encode()).digest()[:16]


def _cookie_of(login: str) -> str:
    return f"{DEVICE_COOKIE}_{_fingerprint(login).hex()[:8]}"


def mail_connection(url: str) -> BaseEmailBackend:
    """A connection to smtp://user:password@host:port, with TLS for smtps:// and STARTTLS on port 587."""
    split_url = urlsplit(url)
    port = split_url.port or (465 if split_url.scheme == "smtps" else 25)
    backend: BaseEmailBackend = get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        host=split_url.hostname,
        port=port,
        username=unquote(split_url.username or ""),
        password=unquote(split_url.password or ""),
        use_ssl=split_url.scheme == "smtps",
        use_tls=split_url.scheme == "smtp" and port == 587,
        timeout=15,
    )
    return backend
