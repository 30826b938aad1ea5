"""Reads of channel accounts and of the senders."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.channels.models import ChannelAccount, SenderIdentity
from rapport.channels.protocol import Sender
from rapport.channels.registry import ADAPTERS, CHANNELS, ChannelKind, adapters_of
from rapport.core.access import Actor
from rapport.core.queries import workspace
from rapport.core.registry import NEW_ENTRIES
from rapport.governance.registry import default_channel

# What a first message begins with, where the apps that have it are installed.
BEGINNINGS = frozenset({"template", "campaign"})


def accounts(actor: Actor) -> QuerySet[ChannelAccount]:
    """All accounts, those in use first. Raises Http404."""
    if not actor.may("channels.view"):
        raise Http404
    return ChannelAccount.objects.order_by("channel", "disabled_at", "id")


def account_for(actor: Actor, account_id: int, *, lock: bool = False) -> ChannelAccount:
    """Raises Http404."""
    rows = accounts(actor)
    return get_object_or_404(rows.select_for_update() if lock else rows, pk=account_id)


def social_accounts(*, in_use: bool = True) -> QuerySet[ChannelAccount]:
    """The accounts that posts are published over."""
    rows = ChannelAccount.objects.filter(stream=ChannelAccount.Stream.PUBLIC).order_by(
        "channel", "name", "id"
    )
    return rows.filter(disabled_at=None) if in_use else rows


def account_called(token: str) -> ChannelAccount:
    """The account whose address a provider called. Raises Http404."""
    return get_object_or_404(ChannelAccount, token=token)


def listening_accounts() -> list[ChannelAccount]:
    """The accounts in use over whose connection something comes in."""
    keys = [adapter.key for adapter in ADAPTERS if adapter.listens]
    return list(ChannelAccount.objects.filter(adapter__in=keys, disabled_at=None).order_by("id"))


def active_account(channel: str, *, marketing: bool) -> ChannelAccount | None:
    """The account that messages of this kind go over: one of their own before one for everything."""
    streams = ["marketing" if marketing else "transactional", "both"]
    rows = {
        row.stream: row
        for row in ChannelAccount.objects.filter(channel=channel, stream__in=streams, disabled_at=None)
    }
    return next((rows[stream] for stream in streams if stream in rows), None)


def first_steps(actor: Actor, channel: str) -> dict[str, Any]:
    """What comes before the first message of a channel: a way to set it up, or what a message begins with."""
    if ChannelAccount.objects.filter(channel=channel, disabled_at=None).exists():
        entries = [entry for entry in NEW_ENTRIES if entry.name in BEGINNINGS and actor.may(entry.permission)]
        return {"entries": entries}
    return {"ways": adapters_of(channel) if actor.may("channels.edit") else []}


def usable_channels() -> list[ChannelKind]:
    """The channels something can be sent over now: with an account in use, or settings from the environment."""
    active = set(ChannelAccount.objects.filter(disabled_at=None).values_list("channel", flat=True))
    active |= {adapter.channel for adapter in ADAPTERS if adapter.environment() is not None}
    return [kind for kind in CHANNELS if kind.key in active]


def sender(*, marketing: bool, stream: str = "", feedback_id: str = "", is_personal: bool = False) -> Sender:
    """Whom messages of this kind come from: the business, and no address, before that is set.

    What somebody wrote by hand belongs to no stream.
    """
    name = "marketing" if marketing else "transactional"
    identity = SenderIdentity.objects.filter(stream=name).first() or SenderIdentity()
    if is_personal:
        stream = feedback_id = ""
    return Sender(
        identity.name or workspace().name,
        identity.address,
        identity.reply_to,
        stream,
        feedback_id,
        is_personal=is_personal,
    )


def identities() -> dict[str, SenderIdentity]:
    """{stream: identity} of the streams that have one."""
    return {row.stream: row for row in SenderIdentity.objects.all()}


def lacks_sender(channel: ChannelKind, *, marketing: bool) -> bool:
    """Whether nothing can be sent over the channel, because nobody said whom it comes from."""
    return channel.has_sender and not sender(marketing=marketing).address


def offered_channels() -> list[ChannelKind]:
    """What people choose among: the channels that can be used, and the default one whether or not it is set up."""
    usable = usable_channels()
    default = CHANNELS[default_channel().key]
    return usable if default in usable else [default, *usable]
