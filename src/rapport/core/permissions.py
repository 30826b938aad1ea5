"""The registry of permissions and built-in roles, which apps fill in `AppConfig.ready()`, and sets of grants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from rapport.core.registration import Registry

if TYPE_CHECKING:
    from django.utils.functional import Promise


class Reach(TextChoices):
    """Which records a permission covers, narrowest first."""

    OWN = "own", _("Own records")
    TEAM = "team", _("Own and their teams' records")
    ALL = "all", _("All records")

    @property
    def width(self) -> int:
        return list(Reach).index(self)


Grants = Mapping[str, Reach]
BuiltIn = Literal["viewer", "agent", "analyst", "marketer", "admin", "owner"]
OWNER: BuiltIn = "owner"


@dataclass(frozen=True, slots=True)
class Permission:
    """Something an actor may do, named "subject.verb". `group` is its heading in the matrix of a role.

    `default_roles` are the built-in roles that hold it, for all records; the owner holds every permission.
    `has_reach`: it is about records with an owner and a team, so that a role may hold it for some of them only.
    """

    name: str
    label: str | Promise
    description: str | Promise
    group: str | Promise
    default_roles: tuple[BuiltIn, ...] = ()
    has_reach: bool = False


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    """A role that every installation has; what it grants follows the permissions' `default_roles`."""

    name: BuiltIn
    label: str
    description: str


BUILT_IN_ROLES: tuple[BuiltInRole, ...] = (
    BuiltInRole(
        "viewer", gettext_noop("Viewer"), gettext_noop("views people, segments, campaigns and reports")
    ),
    BuiltInRole(
        "agent",
        gettext_noop("Agent"),
        gettext_noop("also edits people and their consents"),
    ),
    BuiltInRole(
        "analyst",
        gettext_noop("Analyst"),
        gettext_noop("views, builds segments, exports, sees sources and live events"),
    ),
    BuiltInRole(
        "marketer",
        gettext_noop("Marketer"),
        gettext_noop("everything an analyst does, and creates and sends campaigns"),
    ),
    BuiltInRole("admin", gettext_noop("Administrator"), gettext_noop("everything but appointing owners")),
    BuiltInRole("owner", gettext_noop("Owner"), gettext_noop("everything")),
)
ROLES: tuple[BuiltIn, ...] = tuple(role.name for role in BUILT_IN_ROLES)
PERMISSIONS: Registry[Permission] = Registry("permission")


class _Everything(Mapping[str, Reach]):
    """Every permission, for all records."""

    def __getitem__(self, name: str) -> Reach:
        if name not in PERMISSIONS:
            raise KeyError(name)
        return Reach.ALL

    def __iter__(self) -> Iterator[str]:
        return (permission.name for permission in PERMISSIONS)

    def __len__(self) -> int:
        return len(PERMISSIONS)


EVERYTHING: Grants = _Everything()


class UnknownPermission(LookupError):
    """A permission that no app registered: a slip in the code, never a refusal."""


def permission(name: str) -> Permission:
    """Raises UnknownPermission."""
    entry = PERMISSIONS.get(name)
    if entry is None:
        raise UnknownPermission(f"No app registers the permission {name!r}.")
    return entry


def grants_of_role(role: str) -> dict[str, Reach]:
    """What a built-in role grants."""
    if role not in ROLES:
        raise LookupError(f"There is no built-in role {role!r}.")
    return {entry.name: Reach.ALL for entry in PERMISSIONS if role == OWNER or role in entry.default_roles}


def grants_from(stored: Mapping[str, str]) -> dict[str, Reach]:
    """Grants as they are kept in the database, without those whose app is gone."""
    return {name: Reach(reach) for name, reach in stored.items() if name in EVERYTHING}


def union(many: Iterable[Grants]) -> dict[str, Reach]:
    """What several roles grant together: the widest reach wins."""
    total: dict[str, Reach] = {}
    for grants in many:
        for name, reach in grants.items():
            total[name] = max(reach, total.get(name, reach), key=lambda option: option.width)
    return total


def intersection(first: Grants, second: Grants) -> dict[str, Reach]:
    """What both grant: the narrowest reach wins."""
    return {
        name: min(reach, second[name], key=lambda option: option.width)
        for name, reach in first.items()
        if name in second
    }


def exceeding(grants: Grants, limit: Grants) -> list[str]:
    """Names of what `grants` has beyond `limit`."""
    return [name for name, reach in grants.items() if name not in limit or limit[name].width < reach.width]
