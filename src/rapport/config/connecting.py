"""What `rapport connect` does."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from rapport.config.commands import ACTOR
from rapport.connectors import queries
from rapport.connectors.models import Connector
from rapport.connectors.registry import CONNECTORS
from rapport.connectors.services import reading, setup
from rapport.core import jobs
from rapport.core.access import system
from rapport.core.clock import SYSTEM
from rapport.core.models import Job


def listed() -> dict[str, Any]:
    """Connectors with their health, and the kinds there are with their settings."""
    rows = list(queries.connectors(system(ACTOR)))
    health = queries.health(rows)
    return {
        "connectors": [
            {
                "id": row.pk, "kind": row.kind, "name": row.name, "store": row.store, "trouble": row.trouble,
                "last_success_at": row.last_success_at, "last_error": row.last_error if row.trouble else "",
                "error_rate": health[row.pk].error_rate, "left_out": health[row.pk].left_out,
            }
            for row in rows
        ],
        "kinds": {kind.key: [field.key for field in kind.fields] for kind in CONNECTORS},
    }  # fmt: skip


def named(name: str, values: Mapping[str, str], *, called: str, store: str) -> Connector:
    """The connector of this name, else a new one of this kind. Raises ValidationError."""
    actor = system(ACTOR)
    present = Connector.objects.filter(name=name).first()
    if present is None:
        return setup.connect(actor=actor, kind=name, name=called, values=values, store=store)
    return setup.change(actor=actor, connector_id=present.pk, values=values) if values else present


def read(row: Connector, tell: Callable[[str], None]) -> dict[str, Any]:
    """Reads all of it here, or what is left of it. Raises ValueError with why it could not be."""
    job = reading.order_backfill(actor=system(ACTOR), connector_id=row.pk)

    def progress(now: Job) -> None:
        tell(f"{now.stage}: {now.done} of {now.total or '?'}")

    # A worker of a running server may have been quicker: then its progress is followed.
    if not jobs.run_now(job, SYSTEM, progress):
        while job.is_live:
            progress(job)
            time.sleep(1)
            job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise ValueError(job.last_error or "It was stopped.")
    return dict(job.result)
