"""What the gate would say of a message that nobody asked to send."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.channels.registry import UnknownChannel
from rapport.core.access import Actor
from rapport.governance.models import Purpose
from rapport.messaging.services import gate, gate_inputs
from rapport.people import queries as people


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason` is empty when it would go; `not_before` when it would wait. `because` are the checks, in order."""

    allowed: bool
    reason: str
    not_before: dt.datetime | None
    because: list[dict[str, Any]]


def ask(
    *, actor: Actor, person_id: uuid.UUID, channel: str, purpose: str, at: dt.datetime, priority: int = 50
) -> Answer:
    """Raises Http404 for a person the actor may not see, ValidationError."""
    person = people.person_for(actor, person_id)
    row = Purpose.objects.filter(key=purpose).first()
    if row is None:
        raise ValidationError({"purpose": _("There is no purpose “%(key)s”.") % {"key": purpose}})
    try:
        fact, policy = gate_inputs.input_for(
            person_id=person.pk, channel=channel, purpose=row, now=at, priority=priority
        )
    except UnknownChannel as error:
        raise ValidationError({"channel": str(error)}) from error
    verdict = gate.decide(fact, policy, at)
    explained = gate.explain(fact, verdict, policy, at)
    because: list[dict[str, Any]] = [
        {"check": name, "value": value} for name, value in explained.items() if name not in {"at", "verdict"}
    ]
    if verdict.reason:
        because.insert(
            0, {"check": verdict.reason, "value": str(gate.REASONS.get(verdict.reason, verdict.reason))}
        )
    return Answer(verdict.allowed, verdict.reason, verdict.not_before, because)
