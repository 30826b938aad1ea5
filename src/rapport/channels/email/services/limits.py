"""Limits of how fast a mailbox provider is sent mail."""

from __future__ import annotations

from django.db import transaction

from rapport.channels.email.models import ProviderPace
from rapport.channels.email.services.domains import normalised
from rapport.channels.email.services.receivers import providers_of
from rapport.core.access import Actor
from rapport.core.services import audit


@transaction.atomic
def set_limit(*, actor: Actor, provider: str, per_minute: int | None) -> ProviderPace:
    """At most so many messages a minute to a provider, named by any of its domains; None: no limit.

    Raises ValidationError for what is no domain.
    """
    actor.require("channels.edit")
    domain = normalised(provider)
    name = providers_of([domain])[domain]
    row, _is_new = ProviderPace.objects.update_or_create(provider=name, defaults={"per_minute": per_minute})
    audit.record(
        actor=actor,
        action="mailbox_provider.limited",
        object_type="mailbox_provider",
        object_id=name,
        data={"provider": name, "per_minute": per_minute or 0},
    )
    return row
