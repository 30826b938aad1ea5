"""Reads of experiments."""

from __future__ import annotations

from django.db.models import QuerySet, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.core.access import Actor
from rapport.experiments.models import Experiment


def experiments(actor: Actor) -> QuerySet[Experiment]:
    """Newest first, with how many persons were counted last."""
    if not actor.may("experiments.view"):
        raise Http404
    rows = Experiment.objects.select_related("winner").annotate(persons=Sum("variants__persons"))
    return rows.order_by("-created_at", "id")


def experiment_for(actor: Actor, key: str) -> Experiment:
    """Raises Http404."""
    return get_object_or_404(experiments(actor), key=key)
