"""Imports: from a file to people, checked, run, interrupted, run again and taken back."""

from __future__ import annotations

import io

import pytest

from rapport.people.imports.services import leases, running, uploads
from rapport.people.models import Identifier, Import, Person
from rapport.people.queries import find

HEADER = "email,customer_id,first_name,country\n"


@pytest.fixture
def bring(db, actor):
    """`bring(text, step="start", **mapping)` uploads, does the step and lets the worker work."""

    def do(text, step="start", name="people.csv", columns=None, **rules):
        data = text if isinstance(text, bytes) else text.encode()
        [run] = uploads.upload(actor=actor, stream=io.BytesIO(data), name=name)
        mapping = run.mapping | rules
        for index, column in (columns or {}).items():
            mapping["columns"][index] = column
        uploads.set_mapping(actor=actor, run=run, mapping=mapping)
        uploads.ask(actor=actor, run=run, what=step)
        while running.run_once():
            pass
        run.refresh_from_db()
        return run

    return do


def table(count, start=1):
    return HEADER + "".join(f"p{n}@example.org,c-{n},Name {n},GB\n" for n in range(start, start + count))


def test_rows_become_people_with_identifiers_and_traits(bring, actor):
    run = bring(table(3))
    person = find(actor, "email:p2@example.org")
    assert (run.state, run.counts["created"]) == ("done", 3)
    assert (person.name, person.traits["country"]) == ("Name 2", "GB")
    assert set(person.identifiers.values_list("type", flat=True)) == {"email", "user_id"}


def test_the_same_file_again_changes_nothing(bring):
    bring(table(3))
    again = bring(table(3))
    assert (again.counts["unchanged"], again.counts["created"], again.counts["updated"]) == (3, 0, 0)
    assert Person.objects.count() == 3


def test_the_dry_run_foretells_the_run_and_writes_nothing(bring):
    bring(table(2))
    text = (
        table(4).replace("Name 2", "New name")
        + "p9@example.org,c-1,X,GB\nnot-an-address,,Y,GB\np3@example.org,,Z,GB\n"
    )
    checked = bring(text, step="check")
    assert Person.objects.count() == 2
    done = bring(text)
    foretold = checked.report["counts"]
    names = ("created", "updated", "unchanged", "rejected", "duplicates", "traits")
    assert {n: foretold[n] for n in names} == {n: done.counts[n] for n in names}
