"""Setting up accounts of channels: what they are opened with, whether they work, and what they said last."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rapport.channels import queries
from rapport.channels.models import ChannelAccount
from rapport.channels.networks import NETWORKS, Network, Tokens, way_of
from rapport.channels.registry import ADAPTERS, Adapter, WrongSettings
from rapport.core import crypto
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock, VirtualClock
from rapport.core.services import audit
from rapport.core.setting_fields import parted, read_settings

PURPOSE = "channel account"
MESSAGE_STREAMS = [value for value in ChannelAccount.Stream.values if value != ChannelAccount.Stream.PUBLIC]


@transaction.atomic
def create(
    *,
    actor: Actor,
    adapter: str,
    name: str,
    stream: str = ChannelAccount.Stream.BOTH,
    values: Mapping[str, Any],
    clock: Clock = SYSTEM,
) -> ChannelAccount:
    """A new account, in use at once. Raises PermissionDenied, ValidationError naming the setting that is wrong."""
    actor.require("channels.edit")
    way = _way(adapter)
    account = ChannelAccount(
        channel=way.channel if isinstance(way, Adapter) else way.key,
        adapter=way.key,
        name=name.strip() or str(way.label),
        stream=_stream(way, stream),
        token=secrets.token_urlsafe(32),
        created_at=clock.now(),
        created_by=actor.label,
    )
    _set(account, way, values)
    _save(account)
    _audit(actor, "channel_account.created", account, clock)
    return account


@transaction.atomic
def change(
    *,
    actor: Actor,
    account_id: int,
    name: str | None = None,
    stream: str | None = None,
    values: Mapping[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> ChannelAccount:
    """Takes effect with the next message. An empty secret keeps the present one. Raises Http404, ValidationError."""
    actor.require("channels.edit")
    account = queries.account_for(actor, account_id, lock=True)
    if name is not None:
        account.name = name.strip() or account.name
    if stream is not None:
        account.stream = _stream(_way(account.adapter), stream)
    if values is not None:
        _set(account, _way(account.adapter), values)
        account.details, account.rests_until = {}, None
    account.revision += 1
    _save(account)
    _audit(actor, "channel_account.changed", account, clock)
    return account


@transaction.atomic
def disable(*, actor: Actor, account_id: int, undo: bool = False, clock: Clock = SYSTEM) -> ChannelAccount:
    """Takes an account out of use, or puts it back: nothing is sent over it, its provider's calls are still read."""
    actor.require("channels.edit")
    account = queries.account_for(actor, account_id, lock=True)
    account.disabled_at = None if undo else clock.now()
    account.revision += 1
    _save(account)
    _audit(actor, "channel_account.enabled" if undo else "channel_account.disabled", account, clock)
    return account


@transaction.atomic
def end(account_id: int, now: dt.datetime) -> None:
    """Takes an account out of use because the other side has closed it."""
    account = ChannelAccount.objects.select_for_update().filter(pk=account_id, disabled_at=None).first()
    if account is not None:
        account.disabled_at, account.revision = now, account.revision + 1
        account.save()
        _audit(system("sender"), "channel_account.ended", account, VirtualClock(now))


def settings_of(account: ChannelAccount) -> dict[str, Any]:
    """All settings, secrets included. Raises Unreadable when they were sealed with another key."""
    opened = json.loads(crypto.open_sealed(PURPOSE, account.secrets)) if account.secrets else {}
    return {**account.settings, **opened}


def keep_tokens(account: ChannelAccount, tokens: Tokens) -> None:
    """Signs in with these from now on, in the caller's transaction."""
    settings = settings_of(account)
    hidden = {key: settings[key] for key in settings.keys() - account.settings.keys()}
    hidden |= {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token}
    account.secrets = crypto.seal(PURPOSE, json.dumps(hidden))
    account.details = {**account.details, "expires_at": tokens.expires_at.isoformat()}
    account.revision += 1
    account.save(update_fields=["secrets", "details", "revision"])


def _way(key: str) -> Adapter | Network:
    adapter = way_of(key)
    if adapter is None:
        names = ", ".join(sorted([name for name, _way in (*ADAPTERS.items(), *NETWORKS.items())]))
        raise ValidationError(
            {"adapter": _("There is no adapter %(key)s; there are %(names)s.") % {"key": key, "names": names}}
        )
    return adapter


def _stream(way: Adapter | Network, value: str) -> str:
    """Accounts of social networks are for public posts, and no others are."""
    if isinstance(way, Network):
        return ChannelAccount.Stream.PUBLIC
    if value not in MESSAGE_STREAMS:
        raise ValidationError({"stream": _("marketing, transactional or both")})
    return value


def _set(account: ChannelAccount, adapter: Adapter | Network, values: Mapping[str, Any]) -> None:
    """Puts the settings into the account, checked by their fields and then by the adapter."""
    present = settings_of(account) if account.pk else {}
    whole = read_settings(adapter.fields, values, present)
    try:
        adapter.check(whole)
    except WrongSettings as error:
        raise ValidationError({error.field or "__all__": str(error)}) from error
    account.settings, kept = parted(adapter.fields, whole)
    account.secrets = crypto.seal(PURPOSE, json.dumps(kept)) if kept else ""


def _save(account: ChannelAccount) -> None:
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        words = _(
            "Another account of this channel is in use for the same messages. Disable it first, or choose others."
        )
        raise ValidationError({"stream": words}) from error


def _audit(actor: Actor, action: str, account: ChannelAccount, clock: Clock) -> None:
    data = {
        "name": account.name,
        "channel": account.channel,
        "adapter": account.adapter,
        "stream": account.stream,
    }
    audit.record(
        actor=actor,
        action=action,
        object_type="channel_account",
        object_id=account.pk,
        data=data,
        clock=clock,
    )
