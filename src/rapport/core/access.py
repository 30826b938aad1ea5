"""Actors and what they may do. Every read and write takes the actor it is done for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef

from rapport.core.models import ApiKey, Role, User
from rapport.core.permissions import EVERYTHING, Grants, Reach, grants_from, intersection, permission, union

ActorKind = Literal["user", "api_key", "person", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: a user, an API key, a person (customer), or the system on a rule's behalf.

    `grants` says for each permission which records it covers; `user_id` is whose records "own" are.
    """

    kind: ActorKind
    id: str
    label: str
    grants: Grants = field(hash=False)
    user_id: int | None = None

    def reach(self, name: str) -> Reach | None:
        """Which records a permission covers; None without it. Raises UnknownPermission."""
        granted = self.grants.get(name)
        if granted is None:
            permission(name)
        return granted

    def may(self, name: str) -> bool:
        """Raises UnknownPermission for a permission that no app registers."""
        return self.reach(name) is not None

    def require(self, name: str) -> None:
        """Raises PermissionDenied (403) naming what is missing."""
        if not self.may(name):
            raise PermissionDenied(f"{self.label} lacks the permission {name}.")


def for_user(user: User) -> Actor:
    """The user with what their roles grant now: one query."""
    return Actor("user", str(user.pk), user.email, _grants_of(user.pk), user.pk)


def for_key(key: ApiKey) -> Actor:
    """The key with its scopes, as far as the user who made it has them now: one query."""
    grants, maker = grants_from(key.grants), key.created_by_id
    if maker is not None:
        grants = intersection(grants, _grants_of(maker))
    return Actor("api_key", str(key.pk), f"API key {key.name}", grants, maker)


def for_person(person_id: str) -> Actor:
    """A customer acting on their own record through a signed link."""
    return Actor("person", person_id, "the person", {})


def system(rule: str) -> Actor:
    """Rapport itself, acting on behalf of `rule` (a journey, the stream, a retention policy)."""
    return Actor("system", rule, rule, EVERYTHING)


def _grants_of(user_id: int) -> Grants:
    """The union of what the roles of an active user grant."""
    roles = Role.objects.filter(users=OuterRef("pk")).values("grants")
    user = User.objects.filter(pk=user_id, is_active=True).annotate(granted=ArraySubquery(roles)).first()
    return union(grants_from(stored) for stored in user.granted) if user else {}
