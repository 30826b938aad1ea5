"""What a social network is: posts are published to everybody there, and what is said and counted below them is read.

A post is no message to a person, so nothing here knows consent or deliveries. Every network (Mastodon, Facebook pages,
LinkedIn, X) registers itself in `NETWORKS`; its accounts are `ChannelAccount`s of the stream `public`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from rapport.channels.incoming import Call
from rapport.channels.models import ChannelAccount
from rapport.channels.protocol import Outcome
from rapport.channels.registry import ADAPTERS, Adapter, SettingField, Settings, unknown_identifier
from rapport.core.clock import Clock
from rapport.core.registration import Registry

if TYPE_CHECKING:
    from django.utils.functional import Promise


class SignedOut(Exception):
    """The network knows the token no longer: nothing happened. `code` and the text are its own."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class Failed(Exception):
    """The network could not be asked, or refused; `outcome` says how."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.code} {outcome.detail}".strip())
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Image:
    """`alt` says what is on it, for whoever cannot see it."""

    content: bytes
    media_type: str
    alt: str
    name: str = "image"


@dataclass(frozen=True, slots=True)
class Post:
    """What is published. `reference` names it for good, also when it is offered again.

    `answers` is the network's id of a comment that it answers, below the post `thread`; `mention` is whom it addresses.
    """

    reference: str
    text: str
    images: Sequence[Image] = ()
    title: str = ""
    answers: str = ""
    thread: str = ""
    mention: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a post; its id is the outcome's, `url` is where everybody reads it."""

    outcome: Outcome
    url: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote below a post. `author` is the network's id of theirs, `handle` what they are called there."""

    provider_id: str
    post_id: str
    author: str
    name: str
    text: str
    at: dt.datetime
    handle: str = ""
    parent_id: str = ""
    url: str = ""
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class Comments:
    """What was read; `is_complete` when it is all that stands there, so that what is missing was removed.

    `since` is given back with the next question.
    """

    rows: Sequence[Comment]
    is_complete: bool = False
    since: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one post; None where the network does not tell."""

    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one post may hold. `length` is in the network's own way of counting (`Network.length`)."""

    length: int
    images: int
    image_bytes: int
    image_types: frozenset[str]
    alt: int


class SocialClient(Protocol):
    """One account of a network, for one thread. Every question raises SignedOut when the token is no longer known."""

    def publish(self, post: Post) -> Posted:
        """Never raises for what the network does, but SignedOut."""

    def find(self, post: Post, since: dt.datetime) -> Posted | None:
        """The post among the account's own since then; None when it is surely not there. Raises Failed."""

    def delete(self, provider_id: str) -> Outcome:
        """ACCEPTED also when it was gone already."""

    def comments(self, provider_id: str, since: str) -> Comments:
        """What stands below a post. Raises Failed."""

    def figures(self, provider_ids: Sequence[str]) -> dict[str, Figures]:
        """Of those posts that still exist. Raises Failed."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """What signs in from now on; a refresh token may have taken the place of the former."""

    access_token: str
    refresh_token: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Network:
    """One social network. `details` are what an account said of itself when it was last asked (`learn`): name, limits.

    `open(settings, details, now)` costs nothing until it is asked. `renew(settings, now)` trades the refresh token for
    new tokens; it raises SignedOut when refused and Failed when it could not be asked. `identifier` is the type of
    identifier that `Comment.author` is. For `repeats` the network knows the reference of a post again. `receive` reads
    a call to the account's address; see `Adapter.receive`.
    """

    key: str
    label: str | Promise
    identifier: str
    open: Callable[[Settings, Mapping[str, Any], dt.datetime], SocialClient]
    learn: Callable[[Settings, dt.datetime], dict[str, Any]]
    length: Callable[[str, Mapping[str, Any]], int]
    limits: Callable[[Mapping[str, Any]], Limits]
    fields: Sequence[SettingField] = ()
    check: Callable[[Settings], None] = field(default=lambda settings: None)
    renew: Callable[[Settings, dt.datetime], Tokens] | None = None
    receive: Callable[[Call, Settings], SocialAnswer] | None = None
    advice: Callable[[str], str] = field(default=lambda code: "")
    repeats: dt.timedelta = dt.timedelta()
    help: str | Promise = ""
    order: int = 10


@dataclass(frozen=True, slots=True)
class SocialAnswer:
    """What a network's call told, and what to answer."""

    comments: Sequence[Comment] = ()
    body: str = ""


# Each hears what a network's call told of, with the account it came in over, in the caller's transaction.
COMMENT_LISTENERS: Registry[Callable[[ChannelAccount, Sequence[Comment], Clock], int]] = Registry(
    "listener to comments on social networks"
)


def _missing(network: Network) -> Iterator[str]:
    yield from unknown_identifier(network)
    if network.key in ADAPTERS:
        yield "has the key of a channel adapter, so that none of its accounts could be told from those: rename one."


NETWORKS: Registry[Network] = Registry("social network", key="key", order="order", missing=_missing)


def way_of(key: str) -> Adapter | Network | None:
    """What an account is an account of: a way to a channel, or a social network."""
    return ADAPTERS.get(key) or NETWORKS.get(key)
