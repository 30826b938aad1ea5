"""`bring` imports a text as a file."""

from __future__ import annotations

import io

import pytest

from rapport.core import access
from rapport.core.jobs import run_due
from rapport.transfers.imports.services import steps, uploads


@pytest.fixture
def bring(user):
    """`bring(text, step="start", **mapping)` uploads, does the step and lets the worker work."""

    actor = access.for_user(user)

    def do(text, step="start", name="people.csv", columns=None, **rules):
        data = text if isinstance(text, bytes) else text.encode()
        [run] = uploads.upload(actor=actor, stream=io.BytesIO(data), name=name)
        mapping = run.mapping | rules
        for index, column in (columns or {}).items():
            mapping["columns"][index] = column
        uploads.set_mapping(actor=actor, run=run, mapping=mapping)
        steps.take(actor=actor, run=run, step=step)
        run_due("imports")
        run.refresh_from_db()
        return run

    do.work = lambda: run_due("imports")
    return do
