"""The email channel and the way to it by SMTP."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels.email import transport
from rapport.channels.email.services.composing import composer
from rapport.channels.email.services.receivers import providers_of
from rapport.channels.email.services.throttle import EmailPace
from rapport.channels.registry import ADAPTERS, CHANNELS, Adapter, Answering, ChannelKind, SettingField

ATTACHMENTS = 10 << 20  # a third more when encoded; many servers take 20 MB
FIELDS = (
    SettingField(
        "url",
        _("Mail server"),
        "secret",
        help=_("smtp+starttls://user:password@host:587, smtps://…:465, or smtp://host:25 without a password"),
    ),
    SettingField("connections", _("Connections"), "number", required=False, default=20),
    SettingField(
        "token_url",
        _("Token address (OAuth 2)"),
        required=False,
        help=_(
            "Instead of a password, with smtp+starttls://user@host:587. Google: https://oauth2.googleapis.com/token,"
            " Microsoft: https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
        ),
    ),
    SettingField("client_id", _("Client id"), required=False),
    SettingField("client_secret", _("Client secret"), "secret", required=False),
    SettingField(
        "refresh_token",
        _("Refresh token"),
        "secret",
        required=False,
        help=_("Empty where the program signs in by its own id and secret (Microsoft: client credentials)."),
    ),
)


def register() -> None:
    CHANNELS.register(
        ChannelKind(
            "email",
            _("Email"),
            "email",
            icon="mail",
            has_sender=True,
            pace=EmailPace(),
            providers_of=providers_of,
            answering=Answering(has_subject=True, attachments=ATTACHMENTS),
        )
    )
    ADAPTERS.register(
        Adapter(
            "smtp",
            "email",
            _("SMTP server"),
            transport.open_channel,
            composer,
            FIELDS,
            check=transport.check,
            environment=transport.from_environment,
        )
    )
