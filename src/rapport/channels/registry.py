"""The registries of channels and of their adapters: what each needs, how it makes messages, and how it is opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol

from rapport.channels.incoming import Answer, Call, Incoming
from rapport.channels.protocol import Channel, Composer, Outcome, Sender
from rapport.core import setting_fields
from rapport.core.registration import Brought, Registry
from rapport.governance.registry import CONSENT_CHANNELS, ConsentChannel
from rapport.people.queries.contact import AddressSource
from rapport.people.registry import IDENTIFIER_TYPES

if TYPE_CHECKING:
    from django.utils.functional import Promise


class UnknownChannel(LookupError):
    """There is no channel of this name, or it is not configured; the message says which."""


class WrongSettings(ValueError):
    """Settings of an account that cannot work; `field` names the one that is wrong, if it is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class ContentField:
    """One part of a channel's content, in Liquid: a `line`, a `text`, `json`, a `url` or a `choice`.

    `links` in a text are counted, unless it is read where nobody can click; what is printed can hold barcodes.
    """

    key: str
    label: str | Promise
    kind: Literal["line", "text", "json", "url", "choice"] = "line"
    limit: int = 1000
    required: bool = False
    help: str | Promise = ""
    choices: Sequence[tuple[str, str | Promise]] = ()
    links: bool = True
    is_printed: bool = False


@dataclass(frozen=True, slots=True)
class Answering:
    """How people answer by hand over a channel: `text` is the field they write in, `more` the others they may fill.

    Where no field is, as in email, there is a subject and a text (`has_subject`). `late` are fields that allow it
    when the channel's window is over; without any, only a template goes then. So many bytes of files may hang on it.
    """

    text: str = "text"
    more: Sequence[str] = ()
    late: Sequence[str] = ()
    has_subject: bool = False
    attachments: int = 0


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a message does not go yet: `reason` is a key of the gate's, `because` are the facts of it, JSON-ready."""

    reason: str
    until: dt.datetime
    because: dict[str, object]


class Pace(Protocol):
    """How fast a channel may be used; several senders share what it keeps."""

    def grant(self, addresses: Sequence[str], *, marketing: bool, now: dt.datetime) -> list[Wait | None]:
        """For each address: None, and a message may go there now. Asked, and counted, in the claim's transaction."""

    def note(self, addresses: Sequence[str], outcomes: Sequence[Outcome], now: dt.datetime) -> None:
        """Learns from what was answered."""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """One channel. `key` is also the `key` of the opened `Channel`, and of the channel of consent it replaces.

    `identifier` is the type of identifier that is its address (`email`, `phone`); `addresses` says instead where the
    address comes from when it is no identifier (a postal address, the devices of a person). `fields` are what its
    templates are made of, in order; none means email's subject and MJML. `window` is how long after a person's last
    message free text may be sent. `legal_hours` is `text` or `call` where laws limit when people may be reached for
    marketing. `measure(fields)` says in words how long rendered content is, where that costs. `order` is its place
    among the channels of consent. `has_sender`: its messages say whom they come from, so that nothing is sent before
    a sender's address is set. `pace` may put messages off that the gate let through.
    `providers_of` says of addresses or their domains which providers these are, where providers judge senders.
    `answering` is how people write over it by hand; without one they cannot.
    """

    key: str
    label: str | Promise
    identifier: str = ""
    fields: Sequence[ContentField] = ()
    addresses: AddressSource | None = None
    window: dt.timedelta | None = None
    legal_hours: str = ""
    measure: Callable[[Mapping[str, str]], str] = field(default=lambda fields: "")
    icon: str = "send"
    order: int = 10
    has_sender: bool = False
    pace: Pace | None = None
    providers_of: Callable[[Iterable[str]], Mapping[str, str]] | None = None
    answering: Answering | None = None

    @property
    def has_pixel(self) -> bool:
        """Whether it is known by a picture in HTML that a message was opened, which machines load too."""
        return not self.fields

    @property
    def consent(self) -> ConsentChannel:
        """The channel as consent and suppression know it."""
        return ConsentChannel(self.key, self.label, self.identifier, self.order)


SettingField = setting_fields.SettingField
Settings = Mapping[str, Any]


def _no_settings() -> Settings | None:
    return None


@dataclass(frozen=True, slots=True)
class Adapter:
    """One way to a channel: a protocol or a provider.

    `open(settings)` connects (lazily; it costs nothing until the first message) and raises WrongSettings, as does
    `check(settings)`, which is asked when they are saved. `compose(sender, settings)` gives what makes the messages
    of one sender. `receive(call, settings)` reads a provider's call to the account's address and raises NotTheirs or
    Malformed; without it the account has no such address. `fetch(settings, at, into, limit)` writes a file that hangs
    on a message, by its `incoming.Enclosed.at`, at most `limit` bytes, and raises outbound's Refused for what will
    never be had, Unreachable for what may be later. `environment()` are the settings that the environment gives, used
    when no account is set up. `advice(code)` says what to do about an outcome's code.
    `look(settings)` asks the provider how the account stands there, and enters the account's address where its API can;
    it gives (what, how it stands) and raises WrongSettings.

    `listens` says that its channel is an `incoming.Listener`.

    Settings have one entry that nobody enters: `callback_url`, the account's address.
    """

    key: str
    channel: str
    label: str | Promise
    open: Callable[[Settings], Channel]
    compose: Callable[[Sender, Settings], Composer]
    fields: Sequence[SettingField] = ()
    check: Callable[[Settings], None] = field(default=lambda settings: None)
    receive: Callable[[Call, Settings], Answer] | None = None
    fetch: Callable[[Settings, str, IO[bytes], int], None] | None = None
    environment: Callable[[], Settings | None] = _no_settings
    advice: Callable[[str], str] = field(default=lambda code: "")
    listens: bool = False
    look: Callable[[Settings], Sequence[tuple[str, str]]] | None = None
    help: str | Promise = ""


def _brings(kind: ChannelKind) -> Iterator[Brought]:
    """Consent to the channel."""
    yield CONSENT_CHANNELS, kind.key, kind.consent


def unknown_identifier(entry: Any) -> Iterator[str]:
    """What a channel or a network lacks whose addresses or authors nobody could ever be known by."""
    if entry.identifier and entry.identifier not in IDENTIFIER_TYPES:
        yield (
            f"names the type of identifier “{entry.identifier}”, which nobody registered: register an IdentifierRule"
            " in people.registry.IDENTIFIER_TYPES, else no person has an address."
        )


def _unknown_channel(adapter: Adapter) -> Iterator[str]:
    if adapter.channel not in CHANNELS:
        yield f"is a way to the channel “{adapter.channel}”, which nobody registered: register a ChannelKind."


CHANNELS: Registry[ChannelKind] = Registry(
    "channel", key="key", order="order", brings=_brings, missing=unknown_identifier
)
ADAPTERS: Registry[Adapter] = Registry("channel adapter", key="key", missing=_unknown_channel)

# Each hears what came in over a channel, by its key, other than by a provider's call, in the caller's transaction.
INCOMING_LISTENERS: Registry[Callable[[str, Sequence[Incoming], dt.datetime], None]] = Registry(
    "listener to what comes in over channels"
)


def came_in(channel: str, incoming: Sequence[Incoming], now: dt.datetime) -> None:
    """Tells what came in over a channel to those who listen."""
    for listen in INCOMING_LISTENERS:
        listen(channel, incoming, now)


def channel_kind(key: str) -> ChannelKind:
    """Raises UnknownChannel."""
    try:
        return CHANNELS[key]
    except KeyError as error:
        raise UnknownChannel(f"there is no channel {key!r}") from error


def adapters_of(channel: str) -> list[Adapter]:
    """The ways to a channel, as they were registered."""
    return [adapter for adapter in ADAPTERS if adapter.channel == channel]
