"""Reads of syncs and what they sent."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.segments.models import Segment, Sync, SyncMessage, WebhookAttempt


def may_sync(actor: Actor) -> bool:
    """A sync sends all members, whosever records they are: reach over some of them is not enough."""
    return actor.may("people.export") and actor.reach("people.export") is Reach.ALL


def syncs(actor: Actor, segment: Segment) -> QuerySet[Sync]:
    """Who is told of a segment's members, oldest first; nobody's for who may not export everybody in it."""
    if not may_sync(actor):
        return Sync.objects.none()
    return Sync.objects.filter(segment=segment).order_by("created_at")


def sync_for(actor: Actor, sync_id: uuid.UUID) -> Sync:
    """One sync with its segment. Raises Http404."""
    visible = actor.may("segments.view") and may_sync(actor)
    sync = Sync.objects.filter(pk=sync_id).select_related("segment").first() if visible else None
    if sync is None:
        raise Http404("no such sync")
    return sync


def messages(sync: Sync) -> QuerySet[SyncMessage]:
    return SyncMessage.objects.filter(sync=sync).select_related("export").order_by("-pk")


def attempts(message_ids: list[int]) -> dict[int, list[WebhookAttempt]]:
    """{message: its tries, newest first}. One query."""
    by_message: dict[int, list[WebhookAttempt]] = {}
    for attempt in WebhookAttempt.objects.filter(message_id__in=message_ids).order_by("-pk"):
        by_message.setdefault(attempt.message_id, []).append(attempt)
    return by_message
