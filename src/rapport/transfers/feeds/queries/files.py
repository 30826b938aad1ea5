"""Reads of feeds of files."""

from __future__ import annotations

from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.events.registry import SourceState
from rapport.people.queries import sees_everybody
from rapport.transfers.models import FileFeed, FileRowError, FileRun


def feed_of_source(actor: Actor, source_id: int) -> FileFeed:
    """Raises Http404."""
    rows = FileFeed.objects.select_related("source").filter(source_id=source_id)
    feed = rows.first() if actor.may("data.view") else None
    if feed is None:
        raise Http404
    return feed


def run_for(actor: Actor, feed: FileFeed, run_id: int) -> FileRun:
    """Raises Http404."""
    run = feed.runs.filter(pk=run_id).first() if actor.may("data.view") else None
    if run is None:
        raise Http404
    return run


def row_errors(actor: Actor, run: FileRun) -> QuerySet[FileRowError]:
    """What stood in the rows: only for those who may see everybody. Raises Http404."""
    if not sees_everybody(actor):
        raise Http404
    return run.row_errors.order_by("row", "pk")


def states(source_ids: list[int]) -> dict[int, SourceState]:
    """How feeds of files fare, for the list of sources. One query."""
    rows = FileFeed.objects.filter(source_id__in=source_ids).annotate(
        last=Max("runs__created_at"), failed=Count("runs", filter=Q(runs__state=FileRun.State.FAILED))
    )
    return {row.source_id: _state(row) for row in rows}


def _state(row: FileFeed) -> SourceState:
    last, failed = getattr(row, "last", None), getattr(row, "failed", 0)
    if failed or row.trouble:
        return SourceState(_("Failing"), "bad", last, failed)
    if row.mapped_at is None:
        return SourceState(_("Needs a mapping"), "warn", last)
    return SourceState(_("Receiving"), "good", last) if last else SourceState(_("Waiting"))
