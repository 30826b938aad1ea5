"""Reads of what the installation shares."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.core.models import ApiKey, AuditEntry, SavedView, User, Workspace


def workspace() -> Workspace:
    """The one workspace row, or its defaults before the first save."""
    return Workspace.objects.first() or Workspace()


def saved_views(actor: Actor, list_name: str) -> QuerySet[SavedView]:
    """The actor's own views of a list and those shared with everybody."""
    mine = Q(user_id=actor.id) if actor.kind == "user" else Q()
    return SavedView.objects.filter(mine | Q(shared=True), list_name=list_name).order_by("created_at", "pk")


def users(actor: Actor) -> QuerySet[User]:
    """Everybody who may or might sign in. Raises PermissionDenied."""
    actor.require("users.edit")
    return User.objects.all()


def user_for(actor: Actor, user_id: int) -> User:
    """Raises Http404, PermissionDenied."""
    user = users(actor).filter(pk=user_id).first()
    if user is None:
        raise Http404
    return user


def api_keys(actor: Actor) -> QuerySet[ApiKey]:
    """Keys in use first, newest first. Raises PermissionDenied."""
    actor.require("keys.edit")
    return ApiKey.objects.select_related("created_by").order_by(F("revoked_at").desc(nulls_first=True), "-pk")


def audit_entries(actor: Actor) -> QuerySet[AuditEntry]:
    """Everything anybody changed. Raises PermissionDenied."""
    actor.require("audit.view")
    return AuditEntry.objects.all()
