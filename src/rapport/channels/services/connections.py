"""The channels this process has open: one of each account, shared by everything that sends."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from rapport.channels import addresses, queries
from rapport.channels.models import ChannelAccount
from rapport.channels.protocol import Channel, Composer, Message, Outcome, Result, Sender
from rapport.channels.registry import ADAPTERS, Adapter, UnknownChannel, adapters_of, channel_kind
from rapport.channels.services import accounts
from rapport.core import crypto

NOTED_EVERY = dt.timedelta(seconds=10)
_FAILURES = {Result.UNREACHABLE, Result.POLICY}


@dataclass(slots=True)
class Connected:
    """An opened channel with what it was opened from; `account` is None for settings of the environment."""

    channel: Channel
    adapter: Adapter
    settings: Mapping[str, Any]
    account: int | None
    revision: int
    noted_at: dt.datetime | None = None

    def composer(self, sender: Sender) -> Composer:
        """What makes the messages of one sender. Raises Unfit."""
        return self.adapter.compose(sender, self.settings)

    def note(self, messages: Sequence[Message], outcomes: Sequence[Outcome], now: dt.datetime) -> None:
        """Keeps the account's health, an error at once, a success now and then; and the pace of the channel."""
        if (pace := channel_kind(self.adapter.channel).pace) is not None:
            pace.note([message.recipient for message in messages], outcomes, now)
        failures = [outcome for outcome in outcomes if outcome.result in _FAILURES]
        failed = next((outcome for outcome in failures if outcome.ends_account), next(iter(failures), None))
        if self.account is None or not outcomes:
            return
        row = ChannelAccount.objects.filter(pk=self.account)
        if failed is not None:
            words = f"{failed.code} {failed.detail}".strip()[:500]
            row.update(last_error_at=now, last_error=words)
            if failed.ends_account:
                accounts.end(self.account, now)
        elif self.noted_at is None or now - self.noted_at >= NOTED_EVERY:
            self.noted_at = now
            row.update(last_success_at=now)


_open: dict[tuple[str, int | None], Connected] = {}
_lock = threading.Lock()


def connected(key: str, *, marketing: bool = False) -> Connected:
    """The open channel that messages of this kind go over. Raises UnknownChannel when none is configured."""
    account = queries.active_account(key, marketing=marketing)
    if account is None:
        return _of_environment(key)
    try:
        return _opened(account.channel, account.pk, account.revision, ADAPTERS[account.adapter], account)
    except (crypto.Unreadable, KeyError) as error:
        raise UnknownChannel(
            _("the account “%(name)s” cannot be used: %(error)s") % {"name": account.name, "error": error}
        ) from error


def connected_to(account: ChannelAccount) -> Connected:
    """The open channel of this very account, in use or not. Raises Unreadable."""
    return _opened(account.channel, account.pk, account.revision, ADAPTERS[account.adapter], account)


def _of_environment(key: str) -> Connected:
    channel_kind(key)
    for adapter in adapters_of(key):
        if (settings := adapter.environment()) is not None:
            return _opened(key, None, 0, adapter, settings)
    raise UnknownChannel(_("no account of the channel %(channel)s is set up") % {"channel": key})


def settings_of(account: ChannelAccount) -> Mapping[str, Any]:
    """What its adapter works with: the settings, secrets included, and `callback_url`. Raises Unreadable."""
    return accounts.settings_of(account) | {"callback_url": addresses.called(account)}


def _opened(
    key: str,
    account_id: int | None,
    revision: int,
    adapter: Adapter,
    source: ChannelAccount | Mapping[str, Any],
) -> Connected:
    with _lock:
        present = _open.get((key, account_id))
        if present is not None and present.revision == revision:
            return present
        settings = settings_of(source) if isinstance(source, ChannelAccount) else source
        fresh = Connected(adapter.open(settings), adapter, settings, account_id, revision)
        _open[key, account_id] = fresh
    if present is not None:
        present.channel.close()
    return fresh
