"""Teams: users who work on the same records."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.models import Team, User
from rapport.core.services import audit


@transaction.atomic
def save_team(
    *, actor: Actor, name: str, members: Iterable[int], description: str = "", team: Team | None = None
) -> Team:
    """Makes a team, or changes one. Raises ValidationError, PermissionDenied without `users.edit`."""
    actor.require("users.edit")
    action = "team.changed" if team else "team.created"
    team = team or Team()
    team.name, team.description = name.strip(), description.strip()
    if not team.name:
        raise ValidationError({"name": _("Give the team a name.")})
    if Team.objects.filter(name__iexact=team.name).exclude(pk=team.pk).exists():
        raise ValidationError({"name": _("There is a team of this name already.")})
    team.save()
    team.members.set(User.objects.filter(pk__in=list(members)))
    _audit(actor, action, team)
    return team


@transaction.atomic
def delete_team(*, actor: Actor, team: Team) -> None:
    """Raises ValidationError while records are assigned to it, PermissionDenied."""
    actor.require("users.edit")
    _audit(actor, "team.deleted", team)
    try:
        with transaction.atomic():
            team.delete()
    except ProtectedError as error:
        raise ValidationError(
            _("Records are assigned to this team. Give them to another one first.")
        ) from error


def _audit(actor: Actor, action: str, team: Team) -> None:
    data = {"name": team.name, "members": sorted(team.members.values_list("email", flat=True))}
    audit.record(actor=actor, action=action, object_type="team", object_id=team.pk, data=data)
