"""Reads of users, API keys, saved views, audit lines and the workspace."""

from __future__ import annotations

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.core.models import ApiKey, AuditEntry, Role, SavedView, User, Workspace
from rapport.core.permissions import BUILT_IN_ROLES, exceeding, grants_from


def workspace() -> Workspace:
    """The one workspace row, or its defaults before the first save."""
    return Workspace.objects.first() or Workspace()


def saved_views(actor: Actor, list_name: str) -> QuerySet[SavedView]:
    """The actor's own views of a list and those shared with everybody."""
    own = Q(user_id=actor.id) if actor.kind == "user" else Q()
    return SavedView.objects.filter(own | Q(shared=True), list_name=list_name).order_by("created_at", "pk")


def users(actor: Actor) -> QuerySet[User]:
    """Everybody who may or might sign in. Raises PermissionDenied."""
    actor.require("users.edit")
    return User.objects.prefetch_related("roles")


def user_for(actor: Actor, user_id: int) -> User:
    """Raises Http404, PermissionDenied."""
    user = users(actor).filter(pk=user_id).first()
    if user is None:
        raise Http404
    return user


def roles() -> list[Role]:
    """Built-in roles in their order, then custom ones by name."""
    order = {role.name: place for place, role in enumerate(BUILT_IN_ROLES)}
    rows = Role.objects.annotate(user_count=Count("users")).order_by("name")
    return sorted(rows, key=lambda role: order.get(role.key, len(order)))  # type: ignore[call-overload]


def role_for(key: str) -> Role:
    """Raises Http404."""
    role = Role.objects.filter(key=key).first()
    if role is None:
        raise Http404
    return role


def role_keys() -> list[str]:
    return list(Role.objects.order_by("-built_in", "key").values_list("key", flat=True))


def grantable_roles(actor: Actor) -> list[Role]:
    """The roles that grant nothing beyond the actor's own rights."""
    return [role for role in roles() if not exceeding(grants_from(role.grants), actor.grants)]


def api_keys(actor: Actor) -> QuerySet[ApiKey]:
    """Keys in use first, newest first. Raises PermissionDenied."""
    actor.require("keys.edit")
    return ApiKey.objects.select_related("created_by").order_by(F("revoked_at").desc(nulls_first=True), "-pk")


def audit_entries(actor: Actor) -> QuerySet[AuditEntry]:
    """Everything anybody changed. Raises PermissionDenied."""
    actor.require("audit.view")
    return AuditEntry.objects.all()


def own_views(actor: Actor) -> QuerySet[SavedView]:
    """The actor's own views of all lists."""
    return SavedView.objects.filter(user_id=actor.id) if actor.kind == "user" else SavedView.objects.none()
