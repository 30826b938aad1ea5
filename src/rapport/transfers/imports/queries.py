"""Reads of imports. Who may edit everybody may see them; the file and what it changed are nobody else's business."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.transfers.models import Import, ImportMapping


def imports(actor: Actor) -> QuerySet[Import]:
    whole = actor.reach("people.edit") is Reach.ALL
    return Import.objects.select_related("job") if whole else Import.objects.none()


def import_for(actor: Actor, run_id: uuid.UUID | str) -> Import:
    """Raises Http404."""
    try:
        run = imports(actor).filter(pk=run_id).first()
    except (ValidationError, ValueError) as error:
        raise Http404("no such import") from error
    if run is None:
        raise Http404("no such import")
    return run


def saved_mappings(actor: Actor, headers_key: str) -> QuerySet[ImportMapping]:
    """Mappings saved under a name for these columns."""
    actor.require("people.edit", Reach.ALL)
    return ImportMapping.objects.filter(headers_key=headers_key).exclude(name="").order_by("name")


def summary(run: Import) -> dict[str, Any]:
    """What programs are told of an import."""
    return {
        "id": str(run.pk),
        "name": run.name,
        "state": run.state,
        "rows": run.rows,
        "position": run.position,
        "done": run.done,
        "headers": run.headers,
        "layout": run.layout,
        "excluded": run.excluded,
        "mapping": run.mapping,
        "system": run.system,
        "counts": run.counts,
        "report": run.report,
        "problem": run.problem,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }
