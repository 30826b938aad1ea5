"""What users are told of: the bell on every page, at once, and a list."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.live import topics
from rapport.core.live.registry import NOTICE_KINDS
from rapport.core.models import Notice
from rapport.core.observing import RETENTIONS, Retention, delete_some

DAYS = 180


@transaction.atomic
def notify(
    user_ids: Collection[int], kind: str, *, params: dict[str, Any], url: str = "", key: str = ""
) -> int:
    """Tells these users of something, at once on their open pages; returns how many had not been told of `key` before.

    `params` are what the kind's words need. Raises KeyError for a kind that nobody registered.
    """
    assert NOTICE_KINDS[kind]
    ids = [uuid.uuid4() for _user in user_ids]
    rows = [
        Notice(id=pk, user_id=user, kind=kind, params=params, url=url, key=key)
        for pk, user in zip(ids, user_ids, strict=True)
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    new = list(Notice.objects.filter(pk__in=ids).values_list("user_id", flat=True))
    for user in new:
        topics.tell(topics.for_user(user))
    return len(new)


def notices(actor: Actor) -> QuerySet[Notice]:
    """The actor's own, newest first; an API key has none."""
    user = actor.user_id if actor.kind == "user" else None
    return Notice.objects.filter(user_id=user or 0).order_by("-created_at", "pk")


def unread(actor: Actor) -> int:
    return notices(actor).filter(read_at=None).count()


@transaction.atomic
def mark_read(*, actor: Actor, ids: Collection[uuid.UUID] | None = None) -> int:
    """These of the actor's notices, or all, are read; returns how many were not before."""
    rows = notices(actor).filter(read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    count = rows.update(read_at=Now())
    if count:
        topics.tell(topics.for_user(actor.user_id or 0))
    return count


def _forget(before: dt.datetime, limit: int) -> int:
    return delete_some(Notice.objects.filter(created_at__lt=before), limit)


def register() -> None:
    RETENTIONS.register(Retention("notices", _("Notices of users"), lambda: DAYS, _forget))
