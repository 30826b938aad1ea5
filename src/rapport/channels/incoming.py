"""What comes in over a channel: receipts for messages sent, replies and messages of persons, opt-outs.

An adapter reads these from a provider's call (`Adapter.receive`) or connection; what they mean for deliveries,
persons and consent is `messaging`'s.
"""

from __future__ import annotations

import datetime as dt
import enum
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from rapport.channels.protocol import Message


class NotTheirs(ValueError):
    """The call does not prove that it comes from the provider; nothing of it may be believed."""


class Malformed(ValueError):
    """The call is the provider's and cannot be read; the message says why."""


class About(enum.Enum):
    """Whom a failure speaks of: only RECIPIENT may lead to suppression, SENDER and CONTENT never."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    CONTENT = "content"
    UNCLEAR = "unclear"


class ReceiptKind(enum.Enum):
    """What the other side says became of a message."""

    DELIVERED = "delivered"
    READ = "read"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True)
class Receipt:
    """About one message of ours, known by `reference` (the delivery's id) or the provider's id, to `address`.

    With neither, DELIVERED and READ speak of everything that was sent to `address` until `at` (a watermark).
    For BOUNCED, `permanent` and `about` decide what follows, `reason` is a stable key (`user_unknown`,
    `mailbox_full`, `not_registered`), `code` the protocol's own, `detail` its words.
    """

    kind: ReceiptKind
    at: dt.datetime
    provider_id: str = ""
    reference: str = ""
    address: str = ""
    permanent: bool = False
    about: About = About.UNCLEAR
    reason: str = ""
    code: str = ""
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that hangs on a message: media type or kind, name, and `at`, by which its provider hands it out."""

    type: str
    name: str = ""
    at: str = ""


def enclosed(kind: str, media_type: str, at: str, name: str = "") -> Enclosed:
    """A file that a provider keeps, named after its kind where nobody named it."""
    extension = mimetypes.guess_extension(media_type.partition(";")[0].strip()) or ""
    return Enclosed(media_type or kind, name or (kind or "file") + extension, at)


@dataclass(frozen=True, slots=True)
class Reply:
    """A message of a person. `provider_id` names it for good; `answers` is the id or reference of what it replies to.

    Nothing of `attachments` is fetched here. `contents` is what they hold, in the same order, where it came along.
    `answer_to` is where an answer goes to instead of `address`, `earlier` are the ids of the messages before it in the
    conversation.
    """

    provider_id: str
    address: str
    text: str
    at: dt.datetime
    name: str = ""
    subject: str = ""
    answers: str = ""
    attachments: Sequence[Enclosed] = ()
    answer_to: str = ""
    earlier: Sequence[str] = ()
    contents: Sequence[bytes | None] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """A person said STOP (`wants` false) or START (true) on the channel, in the words `words`."""

    address: str
    wants: bool
    at: dt.datetime
    words: str = ""
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """An address that is no longer one (an expired push token), or moved to `successor`."""

    address: str
    at: dt.datetime
    successor: str = ""


Incoming = Receipt | Reply | Choice | Gone


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call to an account's address. `headers` are in lower case, `url` is the public one, as called."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read in a call, and what to answer once it is kept.

    `once` names the call by what its proof covers: a second call of this name is answered, and nothing of it is kept.
    `messages` are handed to the account's channel then, if what came in is new: the answers to STOP and HELP of
    providers that take none in the body.
    """

    incoming: Sequence[Incoming] = field(default_factory=tuple)
    status: int = 200
    body: str = ""
    content_type: str = "text/plain"
    once: str = ""
    messages: Sequence[Message] = field(default_factory=tuple)


Take = Callable[[Sequence[Incoming]], None]
"""Keeps what came in; raises when it cannot be kept."""


@runtime_checkable
class Listener(Protocol):
    """A channel whose connection also brings what comes in, such as SMPP's."""

    def listen(self, take: Take) -> None:
        """Connects if need be, and gives what comes in to `take`; only then the other side may forget it."""
