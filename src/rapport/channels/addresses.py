"""The address that an account's provider calls with receipts and replies."""

from __future__ import annotations

from django.conf import settings

from rapport.channels.models import ChannelAccount


def called(account: ChannelAccount) -> str:
    """The whole address, its secret part included."""
    return f"{settings.PUBLIC_URL}/hooks/channels/{account.token}"
