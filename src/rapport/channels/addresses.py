"""The address that an account's provider calls with receipts and replies."""

from __future__ import annotations

from django.conf import settings

from rapport.channels.models import ChannelAccount
from rapport.channels.networks import way_of


def called(account: ChannelAccount) -> str:
    """The whole address, its secret part included; empty where no calls are read."""
    way = way_of(account.adapter)
    if way is None or way.receive is None:
        return ""
    return f"{settings.PUBLIC_URL}/hooks/channels/{account.token}"
