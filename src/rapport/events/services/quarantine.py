"""What could not be taken: replay and discard."""

from __future__ import annotations

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.events.models import QuarantinedEvent
from rapport.events.services import envelope, log
from rapport.events.services.cleaning import Rejected
from rapport.events.services.envelope import Event

_decode_event = msgspec.json.Decoder(Event).decode


class CannotReplay(ValueError):
    """The event would be refused again; the message says why."""


@transaction.atomic
def replay(*, actor: Actor, item: QuarantinedEvent, clock: Clock = SYSTEM) -> None:
    """Puts the event back into the log. Raises CannotReplay when it is still not acceptable."""
    actor.require("data.edit")
    item = QuarantinedEvent.objects.select_for_update().get(pk=item.pk)
    if item.replayed_at or item.discarded_at:
        return
    if item.source_id is None or item.stage == QuarantinedEvent.Stage.STORE:
        raise CannotReplay(
            _("The event store refused this row itself; correct the event at its source and send it anew.")
        )
    log.append(item.source_id, [_event_of(item)], item.at)
    item.replayed_at = clock.now()
    item.save(update_fields=["replayed_at"])
    audit.record(
        actor=actor, action="quarantine.replayed", object_type="quarantined_event", object_id=item.pk
    )


def _event_of(item: QuarantinedEvent) -> Event:
    raw = bytes(item.payload)
    try:
        if item.stage == QuarantinedEvent.Stage.STREAM:
            return _decode_event(raw)
        return envelope.accept(raw, type_="", received=item.at, sent=None)
    except (Rejected, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CannotReplay(_("It would be refused again: %(error)s") % {"error": error}) from error


@transaction.atomic
def discard(*, actor: Actor, item: QuarantinedEvent, clock: Clock = SYSTEM) -> None:
    """Marks the event as not wanted; it stays on record."""
    actor.require("data.edit")
    updated = QuarantinedEvent.objects.filter(pk=item.pk, replayed_at=None, discarded_at=None)
    if updated.update(discarded_at=clock.now()):
        audit.record(
            actor=actor, action="quarantine.discarded", object_type="quarantined_event", object_id=item.pk
        )


def keep_refused_row(table: str, line: bytes, reason: str) -> None:
    """Keeps a row that ClickHouse refused."""
    reason = f"{table}: {reason}"[:2000]
    QuarantinedEvent.objects.create(stage=QuarantinedEvent.Stage.STORE, reason=reason, payload=line)
