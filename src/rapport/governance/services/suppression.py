"""Addresses nothing is sent to. Only a keyed hash is kept, so suppression survives erasure."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.governance import queries
from rapport.governance.models import Suppression
from rapport.governance.services import journalled


class InvalidAddress(ValueError):
    """The address is none that the channel could deliver to."""


def _hash(channel: str, address: str) -> str:
    normal = queries.normal_address(channel, address)
    if normal is None:
        raise InvalidAddress(_("This is no address of the channel %(channel)s.") % {"channel": channel})
    return crypto.address_hash(channel, normal)


@transaction.atomic
def suppress(
    *, actor: Actor, channel: str, address: str, reason: str, source: str, clock: Clock = SYSTEM
) -> Suppression:
    """Stops everything to an address; the first reason stays. Raises InvalidAddress, PermissionDenied."""
    if actor.kind != "person":
        actor.require("people.edit")
    if reason not in Suppression.Reason.values:
        raise ValueError(f"unknown reason {reason!r}")
    suppression_row, created = Suppression.objects.get_or_create(
        channel=channel,
        address_hash=_hash(channel, address),
        defaults={"reason": reason, "source": source[:254], "at": clock.now()},
    )
    if created:
        journalled.note_suppression(suppression_row, clock.now())
        _audit(actor, "suppression.added", suppression_row, clock)
    return suppression_row


@transaction.atomic
def lift(*, actor: Actor, channel: str, address: str, clock: Clock = SYSTEM) -> bool:
    """Allows an address again; says whether it was suppressed. Raises InvalidAddress, PermissionDenied."""
    actor.require("settings.edit")
    suppression_row = Suppression.objects.filter(
        channel=channel, address_hash=_hash(channel, address)
    ).first()
    if suppression_row is None:
        return False
    _audit(actor, "suppression.lifted", suppression_row, clock)
    suppression_row.delete()
    return True


def _audit(actor: Actor, action: str, suppression: Suppression, clock: Clock) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type="suppression",
        object_id=suppression.pk,
        data={"channel": suppression.channel, "reason": suppression.reason, "source": suppression.source},
        clock=clock,
    )
