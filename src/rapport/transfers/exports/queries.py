"""Reads of exports: everybody sees their own; who may change settings and export everybody sees all."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.transfers.models import Export


def exports(actor: Actor) -> QuerySet[Export]:
    if not actor.may("people.export"):
        return Export.objects.none()
    every = Export.objects.select_related("job")
    whole = actor.may("settings.edit") and actor.reach("people.export") is Reach.ALL
    return every if whole else every.filter(actor_kind=actor.kind, actor_id=actor.id)


def export_for(actor: Actor, export_id: uuid.UUID) -> Export:
    """Raises Http404."""
    export = exports(actor).filter(pk=export_id).first()
    if export is None:
        raise Http404("no such export")
    return export


def summary(export: Export) -> dict[str, Any]:
    names = (
        "id",
        "name",
        "format",
        "scope",
        "columns",
        "state",
        "rows",
        "written",
        "size",
        "problem",
        "created_at",
    )
    return {name: getattr(export, name) for name in (*names, "finished_at", "expires_at")}
