"""Actors and what they may do. Every read and write takes the actor it is done for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.core.exceptions import PermissionDenied

from rapport.core.models import ApiKey, Role, User

ActorKind = Literal["user", "api_key", "person", "system"]

_VIEW = frozenset({"people.view", "segments.view", "campaigns.view", "insights.view"})
_ANALYST = _VIEW | {"people.export", "segments.edit", "data.view"}
_MARKETER = _ANALYST | {"people.edit", "people.personal", "campaigns.edit", "campaigns.send"}
_AGENT = _VIEW | {"people.edit", "people.personal"}
_ADMIN = _MARKETER | {
    "people.erase",
    "data.edit",
    "settings.view",
    "settings.edit",
    "keys.edit",
    "audit.view",
    "jobs.view",
    "jobs.edit",
}
PERMISSIONS: dict[str, frozenset[str]] = {
    Role.VIEWER: _VIEW,
    Role.ANALYST: _ANALYST,
    Role.AGENT: _AGENT,
    Role.MARKETER: _MARKETER,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _ADMIN | {"users.edit", "owners.edit"},
}
PERMISSIONS[Role.ADMIN] = _ADMIN | {"users.edit"}
EVERYTHING = PERMISSIONS[Role.OWNER]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: a user, an API key, a person (customer), or the system on a rule's behalf."""

    kind: ActorKind
    id: str
    label: str
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises PermissionDenied (403) naming what is missing."""
        if permission not in self.permissions:
            raise PermissionDenied(f"{self.label} lacks the permission {permission}.")


def for_user(user: User) -> Actor:
    return Actor("user", str(user.pk), user.email, PERMISSIONS[user.role])


def for_key(key: ApiKey) -> Actor:
    return Actor("api_key", str(key.pk), f"API key {key.name}", PERMISSIONS[key.role])


def for_person(person_id: str) -> Actor:
    """A customer acting on his own record through a signed link."""
    return Actor("person", person_id, "the person", frozenset())


def system(rule: str) -> Actor:
    """Rapport itself, acting on behalf of `rule` (a journey, the stream, a retention policy)."""
    return Actor("system", rule, rule, EVERYTHING)
