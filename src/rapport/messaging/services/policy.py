"""The limits that every marketing message meets at send time."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.services import audit
from rapport.messaging.models import SendingPolicy


@dataclass(frozen=True, slots=True)
class Limits:
    """Quiet hours in the recipient's zone (both or neither), messages per days, hours after which it is too late."""

    quiet_from: dt.time | None
    quiet_until: dt.time | None
    cap_messages: int | None
    cap_days: int
    lateness_hours: int


@transaction.atomic
def change_policy(*, actor: Actor, limits: Limits) -> SendingPolicy:
    """Takes effect for every message that has not been sent yet. Raises ValidationError, PermissionDenied."""
    actor.require("settings.edit")
    if (limits.quiet_from is None) != (limits.quiet_until is None):
        raise ValidationError(_("Give both ends of the quiet hours, or neither."))
    policy, _created = SendingPolicy.objects.update_or_create(pk=1, defaults=asdict(limits))
    data = {
        name: str(value) if isinstance(value, dt.time) else value for name, value in asdict(limits).items()
    }
    audit.record(
        actor=actor, action="sending_policy.changed", object_type="sending_policy", object_id=1, data=data
    )
    return policy
