"""Reads of on-site messages and their results."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Count, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.content.onsite.models import OnSiteExposure, OnSiteMessage
from rapport.core.access import Actor

Results = dict[str, int]


def messages(actor: Actor) -> QuerySet[OnSiteMessage]:
    """All, newest change first. Raises Http404."""
    if not actor.may("onsite.view"):
        raise Http404
    return OnSiteMessage.objects.order_by("-updated_at", "id")


def message_for(actor: Actor, message_id: uuid.UUID, *, lock: bool = False) -> OnSiteMessage:
    """Raises Http404."""
    rows = messages(actor)
    return get_object_or_404(rows.select_for_update() if lock else rows, pk=message_id)


def results(rows: Iterable[OnSiteMessage]) -> dict[uuid.UUID, Results]:
    """{message: how many people (and unknown visitors) saw, clicked and dismissed it}."""
    rows = list(rows)
    counted = OnSiteExposure.objects.filter(message__in=rows).values("message_id")
    people = {
        row["message_id"]: row
        for row in counted.annotate(
            shown=Count("shown_at"), clicked=Count("clicked_at"), dismissed=Count("dismissed_at")
        )
    }
    return {
        row.pk: {
            name: getattr(row, name) + people.get(row.pk, {}).get(name, 0)
            for name in ("shown", "clicked", "dismissed")
        }
        for row in rows
    }
