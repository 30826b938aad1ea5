"""Reads of what the installation shares."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from rapport.core.access import Actor
from rapport.core.models import SavedView, Workspace


def workspace() -> Workspace:
    """The one workspace row, or its defaults before the first save."""
    return Workspace.objects.first() or Workspace()


def saved_views(actor: Actor, list_name: str) -> QuerySet[SavedView]:
    """The actor's own views of a list and those shared with everybody."""
    mine = Q(user_id=actor.id) if actor.kind == "user" else Q()
    return SavedView.objects.filter(mine | Q(shared=True), list_name=list_name).order_by("created_at", "pk")


def own_views(actor: Actor) -> QuerySet[SavedView]:
    """The actor's own views of all lists."""
    return SavedView.objects.filter(user_id=actor.id) if actor.kind == "user" else SavedView.objects.none()
