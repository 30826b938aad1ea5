"""The webhook channel: messages about a person to a system of the business, which does with them what it likes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.channels import http
from rapport.channels.protocol import Unfit
from rapport.channels.registry import (
    ADAPTERS,
    CHANNELS,
    Adapter,
    ChannelKind,
    ContentField,
    SettingField,
    WrongSettings,
)
from rapport.channels.webhook import calls, messages
from rapport.core.services import outbound, standard_webhooks
from rapport.people.queries.contact import AddressSource

CONTENT = (
    ContentField(
        "body",
        _("Body (JSON)"),
        "json",
        limit=100_000,
        required=True,
        help=_(
            "What stands in quotation marks is escaped; write a whole value with {{ person.age | json }}."
        ),
    ),
    ContentField(
        "headers", _("Headers"), "text", limit=4_000, links=False, help=_("One a line: Name: value")
    ),
)
FIELDS = (
    SettingField("url", _("Address"), "url", help=_("where messages are posted to")),
    SettingField(
        "secret",
        _("Signing secret"),
        "secret",
        help=_("whsec_ and 24 to 64 bytes in base64: openssl rand -base64 32"),
    ),
    SettingField(
        "former_secret",
        _("Former secret"),
        "secret",
        required=False,
        help=_("While the secret is changed, messages bear two signatures."),
    ),
    SettingField("rotating", _("Sign with the former secret too"), "switch", required=False),
    SettingField(
        "headers", _("Headers of every message"), "text", required=False, help=_("One a line: Name: value")
    ),
    SettingField("connections", _("Connections"), "number", required=False, default=8),
)


def register() -> None:
    everybody = AddressSource(_themselves, "TRUE")
    CHANNELS.register(
        ChannelKind("webhook", _("Webhook"), fields=CONTENT, addresses=everybody, icon="webhook", order=70)
    )
    ADAPTERS.register(
        Adapter(
            "webhook",
            "webhook",
            _("Standard Webhook"),
            open_channel,
            messages.composer,
            FIELDS,
            check=check,
            receive=calls.receive,
            help=_(
                "The receiver may call the address below with what became of a message, signed with the same secret."
            ),
        )
    )


def _themselves(person_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """A receiver knows a person by their id."""
    return {person: str(person) for person in person_ids}


def open_channel(settings: Mapping[str, Any]) -> http.HttpChannel:
    """The channel of one receiver."""
    capacity = min(int(settings.get("connections") or 8), 64)
    return http.HttpChannel("webhook", partial(_post, settings), capacity=capacity)


def _post(settings: Mapping[str, Any], session: outbound.Session, message: Any) -> Any:
    return messages.post(session, message, settings)


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    for name in ("secret", "former_secret"):
        secret = str(settings.get(name) or "")
        try:
            size = len(standard_webhooks.key_of(secret)) if secret else 32
        except ValueError:
            size = 0
        if not 24 <= size <= 64:
            raise WrongSettings(str(_("A secret is whsec_ and 24 to 64 bytes in base64.")), name)
    if settings.get("rotating") and not settings.get("former_secret"):
        raise WrongSettings(str(_("Enter the former secret too.")), "former_secret")
    try:
        messages.headers_of(str(settings.get("headers") or ""))
    except Unfit as error:
        raise WrongSettings(str(error), "headers") from error
    try:
        outbound.check(str(settings["url"]))
    except outbound.Refused as error:
        raise WrongSettings(str(error), "url") from error
    except outbound.Unreachable:
        return  # the receiver may come later
