"""Whom messages come from, for marketing and for all else."""

from __future__ import annotations

from django.db import transaction

from rapport.channels.email.services import domains
from rapport.channels.models import SenderIdentity
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit


@transaction.atomic
def set_sender(
    *,
    actor: Actor,
    name: str,
    address: str,
    reply_to: str = "",
    stream: str | None = None,
    clock: Clock = SYSTEM,
) -> None:
    """Sets the sender of one stream, and of every stream that has none yet. Its domain becomes a sending domain.

    Raises ValidationError when the address has no whole domain.
    """
    actor.require("channels.edit")
    domains.add_domain(actor=actor, name=address, clock=clock)
    present = set(SenderIdentity.objects.values_list("stream", flat=True))
    values = {"name": name, "address": address, "reply_to": reply_to}
    for key in SenderIdentity.Stream.values:
        if key == stream or key not in present:
            SenderIdentity.objects.update_or_create(stream=key, defaults=values)
            audit.record(
                actor=actor,
                action="sender.changed",
                object_type="sender",
                object_id=key,
                data={"stream": key, **values},
                clock=clock,
            )
