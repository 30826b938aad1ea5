"""What readers of an inbox do, and how messages follow their person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from rapport.channels.inbox.models import InboxMessage
from rapport.channels.incoming import Receipt, ReceiptKind
from rapport.channels.registry import came_in
from rapport.people.services.moving import rows_follow

MOST = 50


def current(person_id: uuid.UUID, now: dt.datetime) -> QuerySet[InboxMessage]:
    """What the person sees now, newest first."""
    rows = InboxMessage.objects.filter(person_id=person_id, dismissed_at=None)
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=now)).order_by("-created_at", "-id")


def unread(person_id: uuid.UUID, now: dt.datetime) -> int:
    return current(person_id, now).filter(read_at=None).count()


@transaction.atomic
def read(*, person_id: uuid.UUID, message_ids: Sequence[uuid.UUID] | None, now: dt.datetime) -> int:
    """Marks messages as read (all of them without ids) and tells of each once. Returns how many were unread."""
    rows = current(person_id, now).filter(read_at=None).select_for_update()
    if message_ids is not None:
        rows = rows.filter(pk__in=message_ids)
    ids = list(rows.values_list("pk", flat=True))
    InboxMessage.objects.filter(pk__in=ids).update(read_at=now)
    came_in("inbox", [Receipt(ReceiptKind.READ, now, reference=str(pk)) for pk in ids], now)
    return len(ids)


@transaction.atomic
def click(*, person_id: uuid.UUID, message_id: uuid.UUID, now: dt.datetime) -> bool:
    """Notes that the link was followed; then it was read too. False when there is no such message of theirs."""
    row = current(person_id, now).filter(pk=message_id).select_for_update().first()
    if row is None:
        return False
    read(person_id=person_id, message_ids=[message_id], now=now)
    InboxMessage.objects.filter(pk=row.pk, clicked_at=None).update(clicked_at=now)
    came_in("inbox", [Receipt(ReceiptKind.CLICKED, now, reference=str(row.pk))], now)
    return True


def dismiss(*, person_id: uuid.UUID, message_id: uuid.UUID, now: dt.datetime) -> bool:
    """Takes a message out of sight. False when there is no such message of theirs."""
    return bool(current(person_id, now).filter(pk=message_id).update(dismissed_at=now))


MERGEABLE = rows_follow("inbox", InboxMessage)


def export(person_ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    return [
        {
            "title": row.title,
            "body": row.body,
            "url": row.url,
            "created_at": row.created_at.isoformat(),
            "read_at": row.read_at.isoformat() if row.read_at else None,
            "clicked_at": row.clicked_at.isoformat() if row.clicked_at else None,
            "dismissed_at": row.dismissed_at.isoformat() if row.dismissed_at else None,
        }
        for row in InboxMessage.objects.filter(person_id__in=person_ids).order_by("created_at")
    ]
