"""What a channel is: it makes messages of content, takes them, and says for each what became of it.

Every adapter (SMTP, Twilio, FCM, …) implements this protocol and registers itself; see `registry`. A channel knows
nothing of campaigns, consent or the ledger. What comes back from the other side is in `incoming`.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Result(enum.Enum):
    """What became of one message."""

    ACCEPTED = "accepted"
    """The other side took responsibility for it."""
    RETRY = "retry"
    """Refused for now; the same message may be offered again later."""
    BAD_ADDRESS = "bad_address"
    """The address does not exist: nothing should be sent there again."""
    WITHDRAWN = "withdrawn"
    """The other side knows that the person wants nothing more over this channel (STOP, blocked)."""
    REFUSED = "refused"
    """Refused for good, for a reason that says nothing about the address."""
    POLICY = "policy"
    """The sender is not welcome (reputation, authentication): stop sending, blame no recipient."""
    UNCERTAIN = "uncertain"
    """Handed over, and the answer was lost: it may or may not have arrived."""
    UNREACHABLE = "unreachable"
    """Never handed over: there was no connection, or it could not be signed in to."""


class Unfit(ValueError):
    """The channel can make no message of this content; the text says why."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom a send comes from: the same for all its messages. `stream` is the key of the purpose.

    `is_personal`: somebody wrote each by hand, so that no header calls it automatic or a list's.
    """

    name: str
    address: str
    reply_to: str = ""
    stream: str = ""
    feedback_id: str = ""
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that hangs on a message."""

    name: str
    type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that another one answers: its id at the provider, and `reference`, when it is one of ours.

    `earlier` are the ids of those before it in the conversation, oldest first.
    """

    provider_id: str = ""
    reference: str = ""
    earlier: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What one recipient gets, rendered. `reference` names the message for good, also when it is offered again.

    `fields` are the parts of the channel's own (`ChannelKind.fields`) by name, `text` their plain text; email has a
    `subject` and `html` instead. `window_open` is false when the channel has a time within which persons must have
    written to us, and it is over. `person_id` is whom it is for, if anybody. `test` marks what is sent
    from a settings page or an editor. `answered` is the message that it answers, if it answers one.
    `unsubscribe_mail` is a mailto: address that does what `unsubscribe_url` does.
    """

    reference: str
    name: str
    address: str
    subject: str
    html: str
    text: str
    at: dt.datetime
    unsubscribe_url: str = ""
    unsubscribe_mail: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    window_open: bool = True
    person_id: uuid.UUID | None = None
    test: bool = False
    answered: Answered | None = None
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One finished message: `sender` and `recipient` are bare addresses, `payload` the bytes to transmit.

    `reference` is the content's; providers that take an idempotency key or a callback reference get it.
    """

    sender: str
    recipient: str
    payload: bytes
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is the protocol's own (`550 5.1.1`), `detail` its words, `provider_id` the other side's reference.

    `retry_after` is how many seconds the other side asked to be left alone, with RETRY. `ends_account` takes the
    account out of use: the other side has closed it for good. `blames_recipient`: a refusal for a reason of the
    recipient's (a mailbox that is full or asleep), not of the message's or the sender's.
    """

    result: Result
    code: str = ""
    detail: str = ""
    provider_id: str = ""
    retry_after: float | None = None
    ends_account: bool = False
    blames_recipient: bool = False


class Channel(Protocol):
    """Delivers messages. `capacity` is how many can be in flight at once."""

    key: str
    capacity: int

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        """One outcome per message, in order. Blocks; never raises for what a message or the network does."""

    def close(self) -> None:
        """Ends connections."""


Composer = Callable[[Content], Message]
"""Makes the messages of one sender. Raises Unfit."""
