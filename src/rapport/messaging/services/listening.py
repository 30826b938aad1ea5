"""Keeps open the connections over which something comes in, such as SMPP's sessions, also while nothing is sent."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from django.db import close_old_connections

from rapport.channels import queries as channels
from rapport.channels.incoming import Incoming, Listener
from rapport.channels.models import ChannelAccount
from rapport.channels.services.connections import connected_to
from rapport.core import crypto
from rapport.core.clock import SYSTEM, Clock
from rapport.messaging.services import arrivals

log = logging.getLogger("rapport.messaging")
EVERY = 15.0

_failing: dict[int, str] = {}


def run_once(clock: Clock = SYSTEM) -> int:
    """Listens on every account in use that can be listened on; never raises for what one of them does."""
    listening = 0
    for account in channels.listening_accounts():
        try:
            channel = connected_to(account).channel
            if isinstance(channel, Listener):
                channel.listen(partial(take, account.pk, clock))
                listening += 1
        except (OSError, crypto.Unreadable) as error:
            if _failing.get(account.pk) != str(error):
                log.warning("nothing comes in over the account %s: %s", account.name, error)
            _failing[account.pk] = str(error)
        else:
            _failing.pop(account.pk, None)
    return listening


def take(account_id: int, clock: Clock, incoming: Sequence[Incoming]) -> None:
    """Keeps what came in, in a thread of the channel's own."""
    close_old_connections()
    try:
        account = ChannelAccount.objects.get(pk=account_id)
        arrivals.take(account=account, incoming=incoming, clock=clock)
    finally:
        close_old_connections()
