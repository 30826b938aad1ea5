"""Sign-in rules: administrators make accounts; passwords are reset by mail only when there is a mail server."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators or on the command line, never by strangers."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends through `RAPPORT_SMTP_URL`; without one, nothing is sent and nothing fails."""
        if not settings.SMTP_URL:
            return
        message = self.render_mail(template_prefix, email, context)
        message.connection = mail_connection(settings.SMTP_URL)
        message.send()


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
