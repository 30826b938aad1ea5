"""What personal data is used for: the purposes consent is asked and recorded for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db import transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.governance.models import Purpose


@dataclass(frozen=True, slots=True)
class Terms:
    """How a purpose is described, and on which terms consent to it is taken (the fields of `Purpose`)."""

    name: str
    basis: str
    description: str = ""
    valid_for_days: int | None = None
    double_opt_in: bool = False
    soft_opt_in_countries: Sequence[str] = ()
    refused_by_gpc: bool = False

    def values(self) -> dict[str, Any]:
        return {**asdict(self), "soft_opt_in_countries": sorted(set(self.soft_opt_in_countries))}


@transaction.atomic
def create_purpose(*, actor: Actor, key: str, terms: Terms) -> Purpose:
    """A new purpose at the end of the list. Raises IntegrityError when the key is taken."""
    actor.require("settings.edit")
    purpose = Purpose.objects.create(key=key, position=Purpose.objects.count(), **terms.values())
    _audit(actor, "purpose.created", purpose)
    return purpose


@transaction.atomic
def change_purpose(*, actor: Actor, purpose: Purpose, terms: Terms) -> Purpose:
    """Changes a purpose; its key is in ledgers, segments and forms, and stays.

    Consents that stand keep their end; where a soft opt-in is no longer allowed, it does not count from now on.
    """
    actor.require("settings.edit")
    values = terms.values()
    for name, value in values.items():
        setattr(purpose, name, value)
    purpose.save(update_fields=list(values))
    _audit(actor, "purpose.changed", purpose)
    return purpose


@transaction.atomic
def archive_purpose(*, actor: Actor, purpose: Purpose, clock: Clock = SYSTEM) -> Purpose:
    """Takes a purpose out of use; its ledger lines stay."""
    actor.require("settings.edit")
    purpose.archived_at = clock.now()
    purpose.save(update_fields=["archived_at"])
    _audit(actor, "purpose.archived", purpose)
    return purpose


@transaction.atomic
def restore_purpose(*, actor: Actor, purpose: Purpose) -> Purpose:
    """Puts an archived purpose back into use."""
    actor.require("settings.edit")
    purpose.archived_at = None
    purpose.save(update_fields=["archived_at"])
    _audit(actor, "purpose.restored", purpose)
    return purpose


def _audit(actor: Actor, action: str, purpose: Purpose) -> None:
    names = [terms.name for terms in fields(Terms)]
    data = {"key": purpose.key, **{name: getattr(purpose, name) for name in names}}
    audit.record(actor=actor, action=action, object_type="purpose", object_id=purpose.key, data=data)
