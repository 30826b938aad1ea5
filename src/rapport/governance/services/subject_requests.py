"""What people ask for about their own data, from the preference page to the answer."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.governance.models import SubjectRequest
from rapport.people.services import families

DETAILS = 5000


@transaction.atomic
def ask(
    *, actor: Actor, person_id: uuid.UUID, kind: str, details: str = "", clock: Clock = SYSTEM
) -> tuple[SubjectRequest, bool]:
    """(the request, whether it is new): what is open already is not asked for twice, a correction gets the new words.

    Only people themselves ask; colleagues act at once. Raises PermissionDenied, ValueError.
    """
    if actor.kind != "person" or actor.id != str(person_id):
        raise PermissionDenied("A person may only ask for themselves.")
    kind = SubjectRequest.Kind(kind).value
    families.lock([person_id])
    row = _open(kind, [person_id]).first()
    if row:
        if details and details not in row.details:
            row.details = f"{row.details}\n{details}".strip()[:DETAILS]
            row.save(update_fields=["details"])
        return row, False
    row = SubjectRequest.objects.create(
        kind=kind,
        person_id=person_id,
        details=details[:DETAILS],
        requested_at=clock.now(),
        requested_by="the person",
    )
    audit.record(
        actor=actor,
        action="privacy_request.opened",
        object_type="person",
        object_id=person_id,
        data={"kind": kind},
        clock=clock,
    )
    return row, True


@transaction.atomic
def answer(*, actor: Actor, request_id: int, note: str, clock: Clock = SYSTEM) -> SubjectRequest:
    """Closes an open request with what was done, or why not. Raises Http404, PermissionDenied."""
    actor.require("settings.edit")
    row = SubjectRequest.objects.select_for_update().filter(pk=request_id).first()
    if row is None or not row.is_open:
        raise Http404
    row.completed_at = clock.now()
    row.receipt = {"answer": note.strip()[:500], "answered_by": actor.label}
    row.save(update_fields=["completed_at", "receipt"])
    audit.record(
        actor=actor,
        action="privacy_request.answered",
        object_type="person",
        object_id=row.person_id,
        data={"kind": row.kind},
        clock=clock,
    )
    return row


def fulfil(kind: str, person_ids: Sequence[uuid.UUID], receipt: dict[str, Any], now: dt.datetime) -> None:
    """What was asked for is done: in the transaction that does it."""
    _open(kind, person_ids).update(completed_at=now, receipt=receipt)


def _open(kind: str, person_ids: Sequence[uuid.UUID]) -> Any:
    return SubjectRequest.objects.filter(
        kind=kind, person_id__in=person_ids, completed_at=None, receipt={}
    ).order_by("pk")
