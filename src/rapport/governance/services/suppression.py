"""Addresses nothing is sent to. Only a keyed hash is kept, so suppression survives erasure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core import crypto, sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.governance import queries
from rapport.governance.models import Suppression, SuppressionRemoval
from rapport.governance.services import journalled

# The first reason stays, except that an unsubscription, which stops what may be refused, gives way to what stops all.
_ADD = """
INSERT INTO governance_suppression AS standing (channel, address_hash, reason, at, source)
SELECT DISTINCT ON (channel, address_hash) * FROM unnest(%b::text[], %b::text[], %b::text[], %b::timestamptz[],
    %b::text[]) AS given (channel, address_hash, reason, at, source)
ORDER BY channel, address_hash, (reason = 'unsubscribed'), at
ON CONFLICT (channel, address_hash) DO UPDATE SET reason = excluded.reason, at = excluded.at, source = excluded.source
WHERE standing.reason = 'unsubscribed' AND excluded.reason <> 'unsubscribed'
RETURNING channel, address_hash, reason, at
"""
# (channel, hash of the address, reason, when, source)
Row = tuple[str, str, str, dt.datetime, str]


class InvalidAddress(ValueError):
    """The address is none that the channel could deliver to."""


class NoReason(ValueError):
    """An address is taken off the list for a reason that somebody can read later."""


def hash_of(channel: str, address: str) -> str:
    """Raises InvalidAddress."""
    normal = queries.normal_address(channel, address)
    if normal is None:
        raise InvalidAddress(_("This is no address of the channel %(channel)s.") % {"channel": channel})
    return crypto.address_hash(channel, normal)


@transaction.atomic
def suppress(
    *, actor: Actor, channel: str, address: str, reason: str, source: str, clock: Clock = SYSTEM
) -> Suppression:
    """Stops everything to an address; the first reason stays, unless it stopped less.

    Raises InvalidAddress, PermissionDenied.
    """
    if actor.kind != "person":
        actor.require("people.edit")
    if reason not in Suppression.Reason.values:
        raise ValueError(f"unknown reason {reason!r}")
    address_hash = hash_of(channel, address)
    added = add([(channel, address_hash, reason, clock.now(), source[:254])], now=clock.now())
    row = Suppression.objects.get(channel=channel, address_hash=address_hash)
    if added:
        _audit(actor, "suppression.added", row, clock)
    return row


def add(rows: Sequence[Row], *, now: dt.datetime) -> int:
    """Puts hashed addresses on the list, in the caller's transaction; returns how many are new or stop more now."""
    if not rows:
        return 0
    channels, hashes, reasons, times, sources = (list(column) for column in zip(*rows, strict=True))
    added = sql.run(
        _ADD,
        [
            sql.TextArray(channels),
            sql.TextArray(hashes),
            sql.TextArray(reasons),
            times,
            sql.TextArray(sources),
        ],
    )
    journalled.note_suppressions(
        [(channel, hashed, reason, at.isoformat()) for channel, hashed, reason, at in added], now
    )
    return len(added)


@transaction.atomic
def remove(*, actor: Actor, suppression_id: int, reason: str, clock: Clock = SYSTEM) -> SuppressionRemoval:
    """Allows an address again, for a reason that is kept. Raises NoReason, Http404, PermissionDenied."""
    actor.require("settings.edit")
    if not reason.strip():
        raise NoReason(_("Say why the address may be written to again."))
    row = Suppression.objects.select_for_update().filter(pk=suppression_id).first()
    if row is None:
        raise Http404
    removal = SuppressionRemoval.objects.create(
        channel=row.channel,
        address_hash=row.address_hash,
        suppressed_for=row.reason,
        suppressed_at=row.at,
        reason=reason.strip()[:500],
        removed_at=clock.now(),
        removed_by=actor.label[:254],
    )
    _audit(actor, "suppression.lifted", row, clock, why=removal.reason)
    row.delete()
    return removal


def forgive(
    *, actor: Actor, channel: str, address_hash: str, until: dt.datetime, reason: str, clock: Clock = SYSTEM
) -> None:
    """Takes an address off the list whose owner had unsubscribed from everything before, and wants to hear from us."""
    standing = Suppression.objects.filter(
        channel=channel,
        address_hash=address_hash,
        reason=Suppression.Reason.UNSUBSCRIBED,
        at__lte=until,
    )
    for suppression_id in standing.values_list("pk", flat=True):
        remove(actor=actor, suppression_id=suppression_id, reason=reason, clock=clock)


def _audit(actor: Actor, action: str, suppression: Suppression, clock: Clock, **more: Any) -> None:
    data = {"channel": suppression.channel, "reason": suppression.reason, "source": suppression.source}
    audit.record(
        actor=actor,
        action=action,
        object_type="suppression",
        object_id=suppression.pk,
        data=data | more,
        clock=clock,
    )
