"""Why a user may see or change a record, or not: which role, which reach, whose record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from rapport.core.models import User
from rapport.core.permissions import Reach, grants_from, union


@dataclass(frozen=True, slots=True)
class Reason:
    """One answer about one permission. `roles` are those that give the reach."""

    permission: str
    holds: bool
    reach: Reach | None
    roles: tuple[str, ...]
    text: str


def reason(user: User, permission: str, row: Any, *, unowned_for_all: bool) -> Reason:
    """Whether the user's permission covers the record. Prefetch `roles` and `teams`, and the row's owner and team."""
    if not user.is_active:
        return Reason(permission, False, None, (), _("The account is switched off."))
    granted = {role: grants_from(role.grants) for role in user.roles.all()}
    reach = union(granted.values()).get(permission)
    if reach is None:
        return Reason(permission, False, None, (), _("None of their roles has this permission."))
    roles = tuple(str(role) for role, grants in granted.items() if grants.get(permission) is reach)
    holds, text = _covers(user, reach, row, unowned_for_all)
    return Reason(permission, holds, reach, roles, text)


def _covers(user: User, reach: Reach, row: Any, unowned_for_all: bool) -> tuple[bool, str]:
    if reach is Reach.ALL:
        return True, _("The permission is for all records.")
    if row.owner_id == user.pk:
        return True, _("They are its owner.")
    if reach is Reach.TEAM and row.team_id in {team.pk for team in user.teams.all()}:
        return True, _("It is assigned to their team %(team)s.") % {"team": row.team}
    if row.owner_id is None and row.team_id is None:
        if unowned_for_all:
            return True, _("It has no owner and no team, and such records are visible to everyone.")
        return False, _("It has no owner and no team, and such records are only for those who see all.")
    whose = " · ".join(str(owner_name) for owner_name in (row.owner, row.team) if owner_name)
    if reach is Reach.OWN:
        return False, _("The permission is for own records; this one is %(whose)s's.") % {"whose": whose}
    return False, _("The permission is for their teams' records; this one is %(whose)s's.") % {"whose": whose}
