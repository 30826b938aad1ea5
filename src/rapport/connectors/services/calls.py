"""Calls from outside that could not be read, read again."""

from __future__ import annotations

import uuid

from django.db import transaction

from rapport.connectors import queries
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.transfers.models import Received


@transaction.atomic
def retry(*, actor: Actor, connector_id: uuid.UUID, clock: Clock = SYSTEM) -> int:
    """How many are read again. Raises Http404."""
    actor.require("connectors.edit")
    row = queries.connector_for(actor, connector_id)
    failed = Received.objects.filter(webhook__source_id=row.source_id, state=Received.State.FAILED)
    count = failed.update(state=Received.State.WAITING, reason="")
    data = {"name": row.name, "count": count}
    audit.record(
        actor=actor,
        action="connector.calls_retried",
        object_type="connector",
        object_id=row.pk,
        data=data,
        clock=clock,
    )
    wake("webhooks")
    return count
