"""Who may do what over REST: permissions, roles, teams, users' roles and API keys."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.core import queries
from rapport.core.access import actor_of
from rapport.core.api.schemas import InputSchema, Schema
from rapport.core.models import ApiKey, Role, Team, User
from rapport.core.permissions import PERMISSIONS, Reach
from rapport.core.services import keys, roles, teams, users

router = Router(tags=["access"])
Grants = Annotated[dict[str, Reach], Field(description="{permission: own, team or all}", max_length=500)]


class PermissionOut(Schema):
    """`has_reach`: it can be granted for own records or those of one's teams, too."""

    name: str
    label: str
    description: str
    group: str
    default_roles: list[str]
    has_reach: bool


class RoleIn(InputSchema):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    description: Annotated[str, Field(max_length=254)] = ""
    grants: Grants


class RoleOut(Schema):
    key: str
    name: str
    description: str
    built_in: bool
    grants: dict[str, str]


class TeamIn(InputSchema):
    """`members` are the ids of users."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    description: Annotated[str, Field(max_length=254)] = ""
    members: Annotated[list[int], Field(max_length=1000)] = []


class TeamOut(Schema):
    id: int
    name: str
    description: str
    members: list[int]

    @staticmethod
    def resolve_members(team: Team) -> list[int]:
        return [member.pk for member in team.members.all()]


class UserOut(Schema):
    id: int
    email: str
    name: str
    is_active: bool
    roles: list[str]
    teams: list[int]

    @staticmethod
    def resolve_roles(user: User) -> list[str]:
        return [role.key for role in user.roles.all()]

    @staticmethod
    def resolve_teams(user: User) -> list[int]:
        return [team.pk for team in user.teams.all()]


class UserRolesIn(InputSchema):
    """The keys of all roles that the user has from now on."""

    roles: Annotated[list[str], Field(min_length=1, max_length=50)]


class KeyIn(InputSchema):
    """`scopes` are permissions, with `:own` or `:team` behind them for a narrower reach; `role` adds its own."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    scopes: Annotated[list[str], Field(max_length=500)] = []
    role: str = ""
    expires_at: dt.datetime | None = None


class KeyOut(Schema):
    id: int
    name: str
    prefix: str
    grants: dict[str, str]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None


class NewKeyOut(KeyOut):
    """`secret` is the key itself: it is shown this once."""

    secret: str


@router.get("/permissions", response=list[PermissionOut], summary="List permissions")
def list_permissions(request: HttpRequest) -> list[dict[str, Any]]:
    names = ("name", "default_roles", "has_reach")
    texts = ("label", "description", "group")
    return [
        {name: getattr(entry, name) for name in names} | {name: str(getattr(entry, name)) for name in texts}
        for entry in PERMISSIONS
    ]


@router.get("/roles", response=list[RoleOut], summary="List roles")
def list_roles(request: HttpRequest) -> list[Role]:
    actor_of(request).require("users.edit")
    return queries.roles()


@router.post("/roles", response={201: RoleOut}, summary="Make a role")
def create_role(request: HttpRequest, body: RoleIn) -> Status[Role]:
    """Of nothing beyond what the key itself may do."""
    return Status(201, roles.create_role(actor=actor_of(request), **body.dict()))


@router.put("/roles/{key}", response=RoleOut, summary="Change a role")
def change_role(request: HttpRequest, key: str, body: RoleIn) -> Role:
    """Built-in roles cannot be changed."""
    actor_of(request).require("users.edit")
    return roles.change_role(actor=actor_of(request), key=queries.role_for(key).key, **body.dict())


@router.delete("/roles/{key}", response={204: None}, summary="Delete a role")
def delete_role(request: HttpRequest, key: str) -> Status[None]:
    """Only one that nobody has."""
    actor_of(request).require("users.edit")
    roles.delete_role(actor=actor_of(request), key=queries.role_for(key).key)
    return Status(204, None)


@router.get("/teams", response=list[TeamOut], summary="List teams")
def list_teams(request: HttpRequest) -> Any:
    actor_of(request).require("users.edit")
    return queries.teams().prefetch_related("members")


@router.post("/teams", response={201: TeamOut}, summary="Make a team")
def create_team(request: HttpRequest, body: TeamIn) -> Status[Team]:
    return Status(201, teams.save_team(actor=actor_of(request), **body.dict()))


@router.put("/teams/{int:team_id}", response=TeamOut, summary="Change a team")
def change_team(request: HttpRequest, team_id: int, body: TeamIn) -> Team:
    actor_of(request).require("users.edit")
    return teams.save_team(actor=actor_of(request), team=queries.team_for(team_id), **body.dict())


@router.delete("/teams/{int:team_id}", response={204: None}, summary="Delete a team")
def delete_team(request: HttpRequest, team_id: int) -> Status[None]:
    """Only one to which no records are assigned."""
    actor_of(request).require("users.edit")
    teams.delete_team(actor=actor_of(request), team=queries.team_for(team_id))
    return Status(204, None)


@router.get("/users", response=list[UserOut], summary="List users")
def list_users(request: HttpRequest) -> Any:
    return queries.users(actor_of(request)).order_by("pk")


@router.put("/users/{int:user_id}/roles", response=UserOut, summary="Give a user roles")
def set_user_roles(request: HttpRequest, user_id: int, body: UserRolesIn) -> User:
    """All that they have from now on. The last owner stays one."""
    user = queries.user_for(actor_of(request), user_id)
    return users.change_roles(actor=actor_of(request), user_id=user.pk, roles=body.roles)


@router.get("/keys", response=list[KeyOut], summary="List API keys")
def list_keys(request: HttpRequest) -> Any:
    return queries.api_keys(actor_of(request))


@router.post("/keys", response={201: NewKeyOut}, summary="Make an API key")
def create_key(request: HttpRequest, body: KeyIn) -> Status[dict[str, Any]]:
    key, secret = keys.create(actor=actor_of(request), **body.dict())
    shown = {name: getattr(key, name, key.pk) for name in KeyOut.model_fields}
    return Status(201, shown | {"id": key.pk, "secret": secret})


@router.delete("/keys/{int:key_id}", response={204: None}, summary="Revoke an API key")
def revoke_key(request: HttpRequest, key_id: int) -> Status[None]:
    """At once and for good."""
    row: ApiKey = queries.key_for(actor_of(request), key_id)
    keys.revoke(actor=actor_of(request), key_id=row.pk)
    return Status(204, None)
