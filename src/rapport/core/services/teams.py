"""Teams: users who work on the same records."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.models import Role, Team, User
from rapport.core.permissions import Reach, grants_from
from rapport.core.plain_text import plain
from rapport.core.services import audit
from rapport.core.services.roles import require_within


@transaction.atomic
def save_team(
    *, actor: Actor, name: str, members: Iterable[int], description: str = "", team: Team | None = None
) -> Team:
    """Makes a team, or changes one. Raises ValidationError, PermissionDenied (without `users.edit`, or for
    members who would get or lose records beyond the actor's).
    """
    actor.require("users.edit")
    action = "team.changed" if team else "team.created"
    team = team or Team()
    team.name, team.description = plain(name), description.strip()
    if not team.name:
        raise ValidationError({"name": _("Give the team a name.")})
    if Team.objects.filter(name__iexact=team.name).exclude(pk=team.pk).exists():
        raise ValidationError({"name": _("Another team has this name.")})
    team.save()
    before = set(team.members.values_list("pk", flat=True))
    users = list(User.objects.filter(pk__in=list(members)))
    _require_within(actor, team, before ^ {user.pk for user in users})
    team.members.set(users)
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
            _("Records are assigned to this team. Assign them to another team first.")
        ) from error


def _require_within(actor: Actor, team: Team, user_ids: set[int]) -> None:
    """Who joins or leaves a team gets or loses its records, which nobody decides about beyond their own."""
    grants = Role.objects.filter(users__in=user_ids).values_list("grants", flat=True)
    names = {name for stored in grants for name, reach in grants_from(stored).items() if reach is Reach.TEAM}
    require_within(actor, dict.fromkeys(names, Reach.TEAM if team.pk in actor.team_ids else Reach.ALL))


def _audit(actor: Actor, action: str, team: Team) -> None:
    data = {"name": team.name, "members": sorted(team.members.values_list("email", flat=True))}
    audit.record(actor=actor, action=action, object_type="team", object_id=team.pk, data=data)
