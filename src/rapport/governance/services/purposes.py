"""What personal data is used for: the purposes consent is asked and recorded for."""

from __future__ import annotations

from django.db import transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.governance.models import Purpose


@transaction.atomic
def create_purpose(*, actor: Actor, key: str, name: str, description: str = "", basis: str) -> Purpose:
    """A new purpose at the end of the list. Raises IntegrityError when the key is taken."""
    actor.require("settings.edit")
    purpose = Purpose.objects.create(
        key=key, name=name, description=description, basis=basis, position=Purpose.objects.count()
    )
    _audit(actor, "purpose.created", purpose)
    return purpose


@transaction.atomic
def change_purpose(*, actor: Actor, purpose: Purpose, name: str, description: str, basis: str) -> Purpose:
    """Changes how a purpose is described; its key is in ledgers, segments and forms, and stays."""
    actor.require("settings.edit")
    purpose.name, purpose.description, purpose.basis = name, description, basis
    purpose.save(update_fields=["name", "description", "basis"])
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
    data = {"key": purpose.key, "name": purpose.name, "basis": purpose.basis}
    audit.record(actor=actor, action=action, object_type="purpose", object_id=purpose.key, data=data)
