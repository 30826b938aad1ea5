"""Reads of channel accounts."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.channels.models import ChannelAccount
from rapport.channels.registry import ADAPTERS, CHANNELS, ChannelKind
from rapport.core.access import Actor


def accounts(actor: Actor) -> QuerySet[ChannelAccount]:
    """All accounts, those in use first. Raises Http404."""
    if not actor.may("channels.view"):
        raise Http404
    return ChannelAccount.objects.order_by("channel", "disabled_at", "id")


def account_for(actor: Actor, account_id: int, *, lock: bool = False) -> ChannelAccount:
    """Raises Http404."""
    rows = accounts(actor)
    return get_object_or_404(rows.select_for_update() if lock else rows, pk=account_id)


def account_called(token: str) -> ChannelAccount:
    """The account whose address a provider called. Raises Http404."""
    return get_object_or_404(ChannelAccount, token=token)


def active_account(channel: str, *, marketing: bool) -> ChannelAccount | None:
    """The account that messages of this kind go over: one of their own before one for everything."""
    streams = ["marketing" if marketing else "transactional", "both"]
    rows = {
        row.stream: row
        for row in ChannelAccount.objects.filter(channel=channel, stream__in=streams, disabled_at=None)
    }
    return next((rows[stream] for stream in streams if stream in rows), None)


def usable_channels() -> list[ChannelKind]:
    """The channels something can be sent over now: with an account in use, or settings from the environment."""
    active = set(ChannelAccount.objects.filter(disabled_at=None).values_list("channel", flat=True))
    active |= {adapter.channel for adapter in ADAPTERS if adapter.environment() is not None}
    return [kind for kind in CHANNELS if kind.key in active]
