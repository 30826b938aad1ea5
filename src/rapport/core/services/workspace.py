"""Changes to the workspace's settings."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import transaction

from rapport.core.access import Actor
from rapport.core.models import Workspace
from rapport.core.queries import workspace
from rapport.core.services import audit


@dataclass(frozen=True, slots=True)
class WorkspaceDetails:
    """The business's name and place, and whether records without an owner are everybody's.

    Zone is IANA, country ISO 3166-1, currency ISO 4217.
    """

    name: str
    time_zone: str
    country: str
    currency: str
    postal_address: str
    unowned_for_all: bool = True
    privacy_url: str = ""


@transaction.atomic
def change_workspace(*, actor: Actor, details: WorkspaceDetails) -> Workspace:
    """Raises PermissionDenied without `settings.edit`."""
    actor.require("settings.edit")
    row = workspace()
    before = {name: getattr(row, name) for name in asdict(details)}
    for name, value in asdict(details).items():
        setattr(row, name, value)
    row.save()
    changed = {name: value for name, value in asdict(details).items() if before[name] != value}
    audit.record(
        actor=actor, action="workspace.changed", object_type="workspace", object_id=row.pk, data=changed
    )
    return row
