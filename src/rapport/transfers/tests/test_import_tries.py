"""What counts as a try of an import, and what only passes."""

from __future__ import annotations

import errno
import io

import pytest
from django.db import OperationalError, connections

from rapport.core import access
from rapport.transfers.imports.api import ImportMappingIn
from rapport.transfers.imports.services import leases, running, uploads
from rapport.transfers.models import Import


@pytest.fixture
def begun(user):
    actor = access.for_user(user)
    [run] = uploads.upload(actor=actor, stream=io.BytesIO(b"email\np1@example.org\n"), name="people.csv")
    uploads.set_mapping(actor=actor, run=run, mapping=run.mapping)
    uploads.ask(actor=actor, run=run, what="start")
    return run


def fail_often(monkeypatch, error):
    def away(*_):
        raise error

    with monkeypatch.context() as patch:
        # The test's own transaction is on this connection.
        patch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)
        patch.setattr(running, "_write", away)
        for _number in range(leases.ATTEMPTS + 2):
            try:
                running.run_once()
            except type(error):
                pass


@pytest.mark.parametrize(
    "error", [OperationalError("No space left on device"), OSError(errno.ENOSPC, "No space left on device")]
)
def test_an_import_goes_on_by_itself_after_a_long_trouble_of_the_engine(begun, monkeypatch, error):
    fail_often(monkeypatch, error)
    begun.refresh_from_db()
    assert (begun.state, "No space left" in begun.problem) == (Import.State.RUNNING, True)
    running.run_once()
    begun.refresh_from_db()
    assert (begun.state, begun.problem, begun.counts["created"]) == (Import.State.DONE, "", 1)


def test_an_import_that_always_stumbles_over_its_rows_is_given_up(begun, monkeypatch):
    fail_often(monkeypatch, ValueError("a row no code can take"))
    begun.refresh_from_db()
    assert begun.state == Import.State.FAILED
    assert "a row no code can take" in begun.problem


def test_a_remembered_mapping_is_proposed_in_the_form_in_which_it_may_be_sent_back(begun, user):
    [again] = uploads.upload(
        actor=access.for_user(user), stream=io.BytesIO(b"email\np2@example.org\n"), name="more.csv"
    )
    assert again.mapping.keys() == begun.mapping.keys()
    assert ImportMappingIn(**again.mapping).columns == begun.mapping["columns"]
