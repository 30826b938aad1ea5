"""Reads of runs, whatever they do."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.quality.models.runs import Run

R = TypeVar("R", bound=Run)


def runs_of(actor: Actor, model: type[R]) -> QuerySet[R]:
    """Every run of one kind, newest first; none for those who see nobody."""
    rows = model._default_manager.select_related("job").order_by("-pk")
    return rows if actor.may("people.view") else rows.none()


def run_for(actor: Actor, model: type[R], run_id: int) -> R:
    """Raises Http404."""
    run = runs_of(actor, model).filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run
