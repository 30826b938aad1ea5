"""Reads of repairs."""

from __future__ import annotations

from django.db.models import Count, QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.people.queries import people
from rapport.quality.models import StandardItem, StandardRun


def runs(actor: Actor) -> QuerySet[StandardRun]:
    """Every run, newest first."""
    return StandardRun.objects.order_by("-pk") if actor.may("people.view") else StandardRun.objects.none()


def run_for(actor: Actor, run_id: int) -> StandardRun:
    """Raises Http404."""
    run = runs(actor).filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def items(actor: Actor, run: StandardRun) -> QuerySet[StandardItem]:
    """What the run proposes or did, of people who may be seen."""
    shown = StandardItem.objects.filter(run=run, person__in=people(actor).values("pk"))
    return shown.select_related("person")


def counts(run: StandardRun) -> dict[str, int]:
    """{state of a row: how many}."""
    return dict(run.items.order_by().values_list("state").annotate(n=Count("pk")))
