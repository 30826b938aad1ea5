"""The ways to the email channel by providers, and the settings of each."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.channels.incoming import Answer, Call
from rapport.channels.protocol import Channel, Composer, Sender
from rapport.channels.registry import ADAPTERS, Adapter, SettingField, WrongSettings

Settings = Mapping[str, Any]
ENDPOINT = SettingField(
    "endpoint",
    _("Address of the API"),
    "url",
    required=False,
    help=_("Only when it is another than the provider's own."),
)
CONNECTIONS = SettingField("connections", _("Connections"), "number", required=False, default=8)
PASSWORD = SettingField(
    "call_password",
    _("User and password of its calls"),
    "secret",
    required=False,
    help=_("user:password, or a token: calls without it are refused. Enter the same at the provider."),
)
SES = (
    SettingField("region", _("Region"), help=_("such as eu-central-1")),
    SettingField("access_key", _("Access key")),
    SettingField(
        "secret_key", _("Secret key"), "secret", help=_("of a user who may do nothing but ses:SendEmail")
    ),
    SettingField(
        "configuration_set", _("Configuration set"), required=False, help=_("It publishes the events to SNS.")
    ),
    SettingField(
        "topic",
        _("SNS topic"),
        required=False,
        help=_("arn:aws:sns:…, the only topic whose notifications are believed"),
    ),
)
MAILGUN = (
    SettingField("api_key", _("API key"), "secret", help=_("a sending key of the domain")),
    SettingField("domain", _("Domain")),
    SettingField(
        "region",
        _("Region"),
        "choice",
        choices=[("us", _("United States")), ("eu", _("Europe"))],
        default="eu",
    ),
    SettingField("signing_key", _("Webhook signing key"), "secret", required=False),
)
POSTMARK = (
    SettingField("server_token", _("Server token"), "secret"),
    SettingField(
        "message_stream",
        _("Message stream"),
        required=False,
        help=_("outbound, or the id of a broadcast stream for marketing"),
    ),
)
SENDGRID = (
    SettingField("api_key", _("API key"), "secret", help=_("with the right Mail Send, and no other")),
    SettingField(
        "region",
        _("Region"),
        "choice",
        choices=[("us", _("United States")), ("eu", _("Europe"))],
        default="us",
    ),
    SettingField("verification_key", _("Verification key of the event webhook"), "text", required=False),
)
BREVO = (SettingField("api_key", _("API key"), "secret"),)
_SENDGRID = {"us": "https://api.sendgrid.com/v3/", "eu": "https://api.eu.sendgrid.com/v3/"}
_MAILGUN = {"us": "https://api.mailgun.net/v3/", "eu": "https://api.eu.mailgun.net/v3/"}


def register() -> None:
    rows: list[tuple[str, Any, tuple[SettingField, ...], Callable[[Settings], Channel], Any]] = [
        ("ses", _("Amazon SES"), SES, _ses, _HELP_SES),
        ("mailgun", _("Mailgun"), MAILGUN, _mailgun, _HELP),
        ("postmark", _("Postmark"), POSTMARK, _postmark, _HELP),
        ("sendgrid", _("SendGrid"), SENDGRID, _sendgrid, _HELP),
        ("brevo", _("Brevo"), BREVO, _brevo, _HELP),
    ]
    for key, label, fields, connect, words in rows:
        whole = (*fields, PASSWORD, CONNECTIONS, ENDPOINT)
        ADAPTERS.register(
            Adapter(
                key, "email", label, connect, _composer, whole, check, _reader(f"{key}_calls"), help=words
            )
        )


_HELP = _(
    "Enter the address below at the provider for all events, and for inbound mail if persons should answer."
)
_HELP_SES = _(
    "Subscribe the address below to the SNS topic (HTTPS, raw message delivery off); it is confirmed by itself."
)


def check(settings: Settings) -> None:
    """What can be seen without asking the provider. Raises WrongSettings."""
    if not 1 <= (settings.get("connections") or 8) <= 64:
        raise WrongSettings(str(_("From 1 to 64 connections.")), "connections")
    if "secret_key" in settings and not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", str(settings["region"])):
        raise WrongSettings(str(_("A region looks like eu-central-1.")), "region")
    if settings.get("topic") and not re.fullmatch(
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+", str(settings["topic"])
    ):
        raise WrongSettings(str(_("A topic looks like arn:aws:sns:eu-central-1:123456789012:name.")), "topic")
    if settings.get("domain") and not re.fullmatch(r"[A-Za-z0-9.-]+", str(settings["domain"])):
        raise WrongSettings(str(_("That is no domain.")), "domain")
    if settings.get("verification_key"):
        try:
            base64.b64decode("".join(str(settings["verification_key"]).split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise WrongSettings(
                str(_("Only the characters between the lines of the key.")), "verification_key"
            ) from error


def _composer(sender: Sender, settings: Settings) -> Composer:
    from rapport.channels.email.providers import messages

    return messages.composer(sender, settings)


def _reader(name: str) -> Callable[[Call, Settings], Answer]:
    def receive(call: Call, settings: Settings) -> Answer:
        from rapport.channels.email.providers import receiving

        answer: Answer = getattr(receiving, name)(call, settings)
        return answer

    return receive


def _ses(settings: Settings) -> Channel:
    from rapport.channels.email.providers import ses, transport

    return transport.ProviderChannel(ses.connecting(settings), transport.capacity(settings))


def _mailgun(settings: Settings) -> Channel:
    from anymail.backends.mailgun import EmailBackend

    options = {
        "api_key": settings["api_key"],
        "sender_domain": settings["domain"],
        "api_url": _MAILGUN[settings["region"]],
    }
    return _anymail(EmailBackend, options, settings, untracked=True)


def _postmark(settings: Settings) -> Channel:
    from anymail.backends.postmark import EmailBackend

    options = {
        "server_token": settings["server_token"],
        "message_stream": settings.get("message_stream") or None,
    }
    # Without this header Postmark puts a Message-ID of its own in place of ours.
    return _anymail(EmailBackend, options, settings, {"X-PM-KeepID": "true"}, untracked=True)


def _sendgrid(settings: Settings) -> Channel:
    from anymail.backends.sendgrid import EmailBackend

    options = {"api_key": settings["api_key"], "api_url": _SENDGRID[settings["region"]]}
    return _anymail(EmailBackend, options, settings, untracked=True)


def _brevo(settings: Settings) -> Channel:
    from anymail.backends.brevo import EmailBackend

    return _anymail(EmailBackend, {"api_key": settings["api_key"]}, settings)


def _anymail(
    backend: Any,
    options: dict[str, Any],
    settings: Settings,
    headers: Mapping[str, str] | None = None,
    *,
    untracked: bool = False,
) -> Channel:
    """`untracked` tells the provider to leave links and pictures alone: they are ours already."""
    from rapport.channels.email.providers import transport

    if settings.get("endpoint"):
        options = options | {"api_url": settings["endpoint"]}
    post = transport.anymail_post(backend, options, headers or {}, untracked=untracked)
    return transport.ProviderChannel(post, transport.capacity(settings))
