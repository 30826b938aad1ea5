"""The registry of the channels that people consent to, and of what an address on each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from rapport.core.registration import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from rapport.core.clock import Clock
    from rapport.governance.models import ConsentRequest


@dataclass(frozen=True, slots=True)
class ConsentChannel:
    """`identifier` is the type of identifier that is the channel's address, if it has one."""

    key: str
    label: str | Promise
    identifier: str = ""
    order: int = 100


CONSENT_CHANNELS: Registry[ConsentChannel] = Registry("channel of consent", key="key", order="order")

# What people may consent to whether or not there is the channel itself, which brings an entry that replaces this one.
ANNOUNCED = (
    ConsentChannel("sms", _("SMS"), "phone", 20),
    ConsentChannel("whatsapp", _("WhatsApp"), "phone", 30),
    ConsentChannel("push", _("Push"), "", 40),
    ConsentChannel("phone", _("Phone"), "phone", 50),
    ConsentChannel("post", _("Post"), "", 60),
    ConsentChannel("web", _("Website"), "", 70),
)


@dataclass(frozen=True, slots=True)
class ConfirmationMailer:
    """What sends the mail of a double opt-in, in a higher app: `send(request, url, clock)` orders it."""

    name: str
    send: Callable[[ConsentRequest, str, Clock], None]


CONFIRMATION_MAILERS: Registry[ConfirmationMailer] = Registry("mailer of confirmations")


def default_channel() -> ConsentChannel:
    """What is meant where nothing names a channel: the first that has an address. Asked when it is needed."""
    return next(channel for channel in CONSENT_CHANNELS if channel.identifier)


def channels_of(identifier: str) -> list[str]:
    """The channels whose addresses are identifiers of this type."""
    return [channel.key for channel in CONSENT_CHANNELS if channel.identifier == identifier]


def channel_label(key: str) -> str:
    """What people call a channel; its key when there is no such channel any more."""
    channel = CONSENT_CHANNELS.get(key)
    return str(channel.label) if channel else key
