"""Acting through an account of a social network: signed in with tokens that are renewed in time, its health kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.channels.models import ChannelAccount
from rapport.channels.networks import NETWORKS, Failed, SignedOut, SocialClient
from rapport.channels.protocol import Outcome, Result
from rapport.channels.services import accounts, connections
from rapport.core import crypto

Answer = TypeVar("Answer")
EARLY = dt.timedelta(minutes=5)
_AILING = {Result.UNREACHABLE, Result.POLICY}


def act(account: ChannelAccount, work: Callable[[SocialClient], Answer], now: dt.datetime) -> Answer:
    """What `work` answers, done with a client of the account. A token that has ended is renewed, once.

    Raises SignedOut, also when the secrets cannot be read, and what `work` raises.
    """
    ends = _ends(account)
    if ends is not None and ends <= now + EARLY:
        renew(account, now)
    try:
        return _with_client(account, work, now)
    except SignedOut:
        if NETWORKS[account.adapter].renew is None:
            raise
        renew(account, now)
        return _with_client(account, work, now)


def _with_client(account: ChannelAccount, work: Callable[[SocialClient], Answer], now: dt.datetime) -> Answer:
    settings = _settings(account)
    with closing(NETWORKS[account.adapter].open(settings, account.details, now)) as client:
        return work(client)


def _settings(account: ChannelAccount) -> Mapping[str, Any]:
    try:
        settings = connections.settings_of(account)
    except crypto.Unreadable as error:
        raise SignedOut("key", str(error)) from error
    if not settings.get("access_token"):
        raise SignedOut("401", _("There is no access token."))
    return settings


def _ends(account: ChannelAccount) -> dt.datetime | None:
    text = account.details.get("expires_at")
    return dt.datetime.fromisoformat(text) if text else None


@transaction.atomic
def renew(account: ChannelAccount, now: dt.datetime) -> None:
    """Trades the refresh token for new tokens, unless somebody else has just done so. Raises SignedOut, Failed.

    The row stays locked meanwhile: X takes a refresh token once, so two must not hand it in.
    """
    trade = NETWORKS[account.adapter].renew
    if trade is None:
        raise SignedOut("401", _("The access token is no longer taken."))
    locked = ChannelAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if locked.revision == account.revision:
        accounts.keep_tokens(locked, trade(_settings(locked), now))
    for name in ("secrets", "details", "revision", "settings"):
        setattr(account, name, getattr(locked, name))


def learn(account: ChannelAccount, now: dt.datetime) -> dict[str, Any]:
    """Asks the account what it is called and what it may, and keeps that. Raises SignedOut, Failed."""

    def ask(_client: SocialClient) -> dict[str, Any]:
        return NETWORKS[account.adapter].learn(_settings(account), now)

    details = act(account, ask, now)
    kept = {name: account.details[name] for name in ("expires_at",) if name in account.details}
    account.details = {**details, **kept, "learnt_at": now.isoformat()}
    ChannelAccount.objects.filter(pk=account.pk).update(details=account.details)
    return details


def note(account: ChannelAccount, problem: Outcome | SignedOut | None, now: dt.datetime) -> None:
    """Keeps the account's health: what went well, what did not, and until when it is to be left alone."""
    row = ChannelAccount.objects.filter(pk=account.pk)
    if problem is None:
        row.update(last_success_at=now)
    elif isinstance(problem, SignedOut):
        row.update(last_error_at=now, last_error=f"{problem.code} {problem}"[:500])
    else:
        if problem.result in _AILING:
            row.update(last_error_at=now, last_error=f"{problem.code} {problem.detail}".strip()[:500])
        if (
            problem.result is Result.RETRY
            and problem.retry_after
            and problem.code in {"429", "503", "4", "32", "613"}
        ):
            row.update(rests_until=now + dt.timedelta(seconds=problem.retry_after))


def try_account(account: ChannelAccount, now: dt.datetime) -> list[tuple[str, str]]:
    """What the network says of the account, as (what, how it stands), and notes it. Raises Failed, SignedOut."""
    try:
        details = learn(account, now)
    except SignedOut as error:
        note(account, error, now)
        raise
    except Failed as error:
        note(account, error.outcome, now)
        raise
    note(account, None, now)
    limits = NETWORKS[account.adapter].limits(details)
    rows = [(_("Account"), str(details.get("name", ""))), (_("Longest post"), str(limits.length))]
    if ends := _ends(account):
        rows.append((_("The access token ends"), ends.isoformat(timespec="minutes")))
    return [*rows, (_("Most images"), str(limits.images))]
