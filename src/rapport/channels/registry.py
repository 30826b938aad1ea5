"""The registry of channels: what each needs, how it makes messages, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.channels.protocol import Channel, Composer, Sender
from rapport.core.registration import Brought, Registry
from rapport.events.descriptions.messages import descriptions_of
from rapport.events.registry import EVENT_DESCRIPTIONS
from rapport.governance.registry import CONSENT_CHANNELS, ConsentChannel

if TYPE_CHECKING:
    from django.utils.functional import Promise


class UnknownChannel(LookupError):
    """There is no channel of this name, or it is not configured; the message says which."""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """One channel. `key` is also the `key` of the opened `Channel`, and of the channel of consent it replaces.

    `identifier` is the type of identifier that is its address (`email`, `phone`, `device_token`). `noun` begins the
    names of its events: `<noun> Sent`, `<noun> Bounced`, `<noun> Opened`, `<noun> Link Clicked`; each needs a row in
    docs/reference/events.md, and has words on the timeline unless an `EventDescription` gives it others.
    `compose(sender)` gives what makes the messages of one send; `open()` connects, and raises UnknownChannel when the
    channel is not configured. `order` is its place among the channels of consent.
    """

    key: str
    label: str | Promise
    noun: str
    identifier: str
    open: Callable[[], Channel]
    compose: Callable[[Sender], Composer]
    order: int = 10

    @property
    def consent(self) -> ConsentChannel:
        """The channel as consent and suppression know it."""
        return ConsentChannel(self.key, self.label, self.identifier, self.order)


def _brings(kind: ChannelKind) -> Iterator[Brought]:
    """Consent to the channel, and words on the timeline for those of its events that nobody described."""
    yield CONSENT_CHANNELS, kind.key, kind.consent
    for description in descriptions_of(kind.noun, kind.label):
        if description.event not in EVENT_DESCRIPTIONS:
            yield EVENT_DESCRIPTIONS, description.event, description


CHANNELS: Registry[ChannelKind] = Registry("channel", key="key", brings=_brings)


def channel_kind(key: str) -> ChannelKind:
    """Raises UnknownChannel."""
    try:
        return CHANNELS[key]
    except KeyError as error:
        raise UnknownChannel(f"there is no channel {key!r}") from error
