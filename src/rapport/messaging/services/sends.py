"""Sends: ordered by an origin, fed with recipients, halted, released, cancelled, completed.

An origin (`registry.SendOrigin`) orders a send and adds its recipients; from there on the ledger does the rest,
and does it the same way for every origin. Whether the actor may do it is the origin's to check.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from rapport.channels.registry import channel_kind
from rapport.content.models import TemplateVersion
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, wake
from rapport.governance.models import Purpose
from rapport.messaging import queries
from rapport.messaging.models import Delivery, Send, SendHold
from rapport.messaging.registry import send_origin

WAKES = "messaging.sends"
_ADD = """
INSERT INTO messaging_delivery (id, send_id, person_id, channel, occurrence, requested_address, address, data, context,
                                state, reason, detail, queued_at, not_before, expires_at, attempts, fence, provider_id,
                                explanation)
SELECT coalesce(t.id, gen_random_uuid()), %(send)s, t.person_id, %(channel)s, t.occurrence, t.address, '', t.data, '{}',
       'queued', '', '', %(now)s, greatest(%(now)s, coalesce(t.at, %(send_at)s)), t.expires_at, 0, 0, '', t.because
FROM jsonb_to_recordset(%(rows)s::jsonb) AS t(id uuid, person_id uuid, occurrence text, address text, data jsonb,
                                              at timestamptz, expires_at timestamptz, because jsonb)
ON CONFLICT (send_id, person_id, channel, occurrence) DO NOTHING
"""
_FINISH = """
UPDATE messaging_send s SET completed_at = %s
WHERE s.sealed_at IS NOT NULL AND s.completed_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM messaging_delivery d WHERE d.send_id = s.id AND d.state IN ('queued', 'claimed'))
"""


class SendEnded(ValueError):
    """The send is complete or cancelled already."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to send to, and `because`: why the origin chose them, JSON-ready, kept with the delivery.

    The rest is for what comes one by one: the delivery's id, which of several messages to the person it is, an address
    other than their own, the values for the template, when it is due, and when it is too late.
    """

    person_id: uuid.UUID
    because: Mapping[str, Any] = field(default_factory=dict)
    id: uuid.UUID | None = None
    occurrence: str = ""
    address: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    at: dt.datetime | None = None
    expires_at: dt.datetime | None = None

    def row(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """As the ledger takes it."""
        return {
            "id": str(self.id) if self.id else None,
            "person_id": str(self.person_id),
            "occurrence": self.occurrence,
            "address": self.address,
            "data": dict(self.data),
            "at": self.at.isoformat() if self.at else None,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "because": {**self.because, "template": template},
        }


@transaction.atomic
def order(
    *,
    actor: Actor,
    origin: str,
    origin_id: str,
    purpose: Purpose,
    channel: str,
    version: TemplateVersion,
    at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
    sender_name: str = "",
    priority: int = 50,
    yields: str = Send.Yields.WAIT,
    ends: bool = True,
    clock: Clock = SYSTEM,
) -> Send:
    """A send without recipients, from now or from `at`; it expires by the sending policy unless told otherwise.

    One that never `ends` stands open for recipients who come one by one, each with an end of their own.

    Raises UnknownOrigin, UnknownChannel, IntegrityError when the origin has ordered this very version already.
    """
    send_origin(origin)
    channel_kind(channel)
    now = clock.now()
    send_at = max(at or now, now)
    lateness = dt.timedelta(hours=queries.sending_policy().lateness_hours)
    return Send.objects.create(
        origin=origin, origin_id=origin_id, purpose=purpose,
        channel=channel,
        template_version=version,
        requested_at=now,
        requested_by=actor.label,
        send_at=send_at,
        expires_at=(expires_at or send_at + lateness) if ends else None,
        sender_name=sender_name,
        priority=priority,
        yields=yields,
    )  # fmt: skip


@transaction.atomic
def triggered(
    *,
    actor: Actor,
    origin: str,
    origin_id: str,
    purpose: Purpose,
    channel: str,
    version: TemplateVersion,
    clock: Clock = SYSTEM,
) -> Send:
    """The open send that messages of this origin, template, purpose and channel are added to one by one.

    That of an earlier version of the template takes no more and ends with what it has; one that was cancelled, say
    after a restore, is followed by another. Raises UnknownOrigin, UnknownChannel.
    """
    send_origin(origin)
    channel_kind(channel)
    now, base = clock.now(), f"{origin_id}:{purpose.pk}"
    same = Send.objects.filter(
        Q(origin_id=base) | Q(origin_id__startswith=f"{base}:"),
        origin=origin,
        channel=channel,
        template_version__template=version.template_id,
    )
    cancelled = same.filter(template_version=version, cancelled_at__isnull=False).count()
    send, created = Send.objects.get_or_create(
        origin=origin,
        origin_id=f"{base}:{cancelled}" if cancelled else base,
        template_version=version,
        channel=channel,
        defaults={"purpose": purpose, "requested_at": now, "requested_by": actor.label, "send_at": now},
    )
    if created:
        same.filter(sealed_at=None).exclude(pk=send.pk).update(sealed_at=now)
    elif send.sealed_at:
        send.sealed_at = send.completed_at = None
        send.save(update_fields=["sealed_at", "completed_at"])
    return send


def add_recipients(*, send: Send, recipients: Sequence[Recipient], now: dt.datetime) -> int:
    """Puts recipients into the ledger; nobody twice. Returns how many are new."""
    template = {"id": str(send.template_version.template_id), "version": send.template_version.version}
    rows = [recipient.row(template) for recipient in recipients]
    values: dict[str, Any] = {"send": send.pk, "channel": send.channel, "now": now, "send_at": send.send_at}
    with connection.cursor() as cursor:
        cursor.execute(_ADD, {**values, "rows": json.dumps(rows)})
        added = int(cursor.rowcount)
    wake.wake(WAKES)
    return added


def seal(*, send: Send, now: dt.datetime) -> None:
    """There will be no more recipients."""
    send.sealed_at = now
    send.save(update_fields=["sealed_at"])
    wake.wake(WAKES)


@transaction.atomic
def hold(*, actor: Actor, send_id: int, reason: str = "", clock: Clock = SYSTEM) -> bool:
    """Halts a send: nothing that was not handed over yet goes out. Says whether it went on until now."""
    send = _running(send_id)
    if queries.open_hold(send) is not None:
        return False
    SendHold.objects.create(send=send, held_at=clock.now(), held_by=actor.label, reason=reason[:500])
    _audit(actor, "send.held", send, clock, reason=reason[:500])
    return True


@transaction.atomic
def release(*, actor: Actor, send_id: int, clock: Clock = SYSTEM) -> bool:
    """Lets a halted send go on; the gate is asked again for everybody. Says whether it was halted."""
    send = _running(send_id)
    if not _end_hold(actor, send, clock):
        return False
    wake.wake(WAKES)
    _audit(actor, "send.released", send, clock)
    return True


@transaction.atomic
def cancel(*, actor: Actor, send_id: int, reason: str = "", clock: Clock = SYSTEM) -> None:
    """Ends a send for good: what was not handed over yet is never sent."""
    send = _running(send_id)
    send.cancelled_at, send.cancelled_by, send.cancel_reason = clock.now(), actor.label, reason[:254]
    send.sealed_at = send.sealed_at or clock.now()
    send.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason", "sealed_at"])
    _end_hold(actor, send, clock)
    wake.wake(WAKES)
    _audit(actor, "send.cancelled", send, clock, reason=reason)


@transaction.atomic
def withdraw(*, actor: Actor, send_id: int, clock: Clock = SYSTEM) -> None:
    """Takes back an order that has no recipients yet."""
    send = _running(send_id)
    _audit(actor, "send.withdrawn", send, clock)
    send.delete()


def reopen(*, send: Send) -> None:
    """Takes recipients again after it was sealed. Raises SendEnded if it was cancelled."""
    if send.cancelled_at:
        raise SendEnded("the send was cancelled")
    send.sealed_at = send.completed_at = None
    send.save(update_fields=["sealed_at", "completed_at"])


def drop_waiting(*, send: Send, now: dt.datetime) -> int:
    """What was not handed over yet is never sent. Returns how many that were."""
    waiting = Delivery.objects.filter(send=send, state=Delivery.State.QUEUED)
    return waiting.update(state=Delivery.State.SKIPPED, reason="cancelled", finished_at=now)


def put_off(*, send: Send, since: dt.datetime, by: dt.timedelta) -> None:
    """What was not due yet at `since` comes so much later, and may be so much later."""
    waiting = Delivery.objects.filter(send=send, state=Delivery.State.QUEUED, not_before__gt=since)
    waiting.update(not_before=F("not_before") + by, expires_at=F("expires_at") + by)


def channels_with_work() -> set[str]:
    """Those over which there are sends that have not ended."""
    return set(Send.objects.filter(completed_at=None).values_list("channel", flat=True).distinct())


def finish(now: dt.datetime) -> int:
    """Marks sends complete whose deliveries have all ended. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, [now])
        return int(cursor.rowcount)


def _running(send_id: int) -> Send:
    send = Send.objects.select_for_update(no_key=True).get(pk=send_id)
    if send.completed_at or send.cancelled_at:
        raise SendEnded("the send has ended already")
    return send


def _end_hold(actor: Actor, send: Send, clock: Clock) -> bool:
    values = {"released_at": clock.now(), "released_by": actor.label}
    return bool(send.holds.filter(released_at=None).update(**values))


def _audit(actor: Actor, action: str, send: Send, clock: Clock, **data: Any) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type=send.origin,
        object_id=send.origin_id,
        data={"send": send.pk} | data,
        clock=clock,
    )
