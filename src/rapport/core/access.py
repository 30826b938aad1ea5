"""Actors and what they may do. Every read and write takes the actor it is done for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from rapport.core.models import ApiKey, Role, Team, User, Workspace
from rapport.core.permissions import EVERYTHING, Grants, Reach, grants_from, intersection, permission, union

ActorKind = Literal["user", "api_key", "person", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: a user, an API key, a person (customer), or the system on a rule's behalf.

    `grants` says for each permission which records it covers: own ones are those of `user_id`, a team's those of
    `team_ids`; `covers_unowned` whether records without owner and team count as everybody's.
    """

    kind: ActorKind
    id: str
    label: str
    grants: Grants = field(hash=False)
    user_id: int | None = None
    team_ids: frozenset[int] = frozenset()
    covers_unowned: bool = True

    def reach(self, name: str) -> Reach | None:
        """Which records a permission covers; None without it. Raises UnknownPermission."""
        granted = self.grants.get(name)
        if granted is None:
            permission(name)
        return granted

    def may(self, name: str) -> bool:
        """Whether they have it; everybody has the empty one. Raises UnknownPermission for one that no app registers."""
        return not name or self.reach(name) is not None

    def require(self, name: str, reach: Reach = Reach.OWN) -> None:
        """Raises PermissionDenied (403) naming what is missing. `reach` is the narrowest that will do."""
        granted = self.reach(name)
        if granted is None or granted.width < reach.width:
            wide = f" for {reach.label.lower()}" if reach is not Reach.OWN else ""
            raise PermissionDenied(f"{self.label} lacks the permission {name}{wide}.")


def for_user(user: User) -> Actor:
    """The user with what their roles grant now: one query."""
    rights = _rights_of(user.pk)
    return Actor("user", str(user.pk), user.email, rights.grants, user.pk, rights.teams, rights.unowned)


def for_key(key: ApiKey) -> Actor:
    """The key with its scopes, as far as the user who made it has them now: one query."""
    grants, maker = grants_from(key.grants), key.created_by_id
    label = f"API key {key.name}"
    if maker is None:
        return Actor("api_key", str(key.pk), label, grants)
    rights = _rights_of(maker)
    grants = intersection(grants, rights.grants)
    return Actor("api_key", str(key.pk), label, grants, maker, rights.teams, rights.unowned)


def actor_of(request: HttpRequest) -> Actor:
    """Whom a request acts for: the user who signed in, or the key. Pages by `@page` and operations have one."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor):
        raise PermissionError("this needs a signed-in user or an API key")
    return actor


def for_person(person_id: str) -> Actor:
    """A customer acting on their own record through a signed link."""
    return Actor("person", person_id, "the person", {})


def system(rule: str) -> Actor:
    """Rapport itself, acting on behalf of `rule` (a journey, the stream, a retention policy)."""
    return Actor("system", rule, rule, EVERYTHING)


@dataclass(frozen=True, slots=True)
class _Rights:
    grants: Grants
    teams: frozenset[int] = frozenset()
    unowned: bool = True


def _rights_of(user_id: int) -> _Rights:
    """The union of what the roles of an active user grant, and the teams they are in."""
    roles = Role.objects.filter(users=OuterRef("pk")).values("grants")
    teams = Team.objects.filter(members=OuterRef("pk")).values("pk")
    user = (
        User.objects.filter(pk=user_id, is_active=True)
        .annotate(
            granted=ArraySubquery(roles),
            team_ids=ArraySubquery(teams),
            unowned=Subquery(Workspace.objects.values("unowned_for_all")[:1]),
        )
        .first()
    )
    if user is None:
        return _Rights({})
    grants = union(grants_from(stored) for stored in user.granted)
    return _Rights(grants, frozenset(user.team_ids), user.unowned is not False)
