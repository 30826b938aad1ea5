"""Exports: what is written, who may fetch it, and that it comes back in as what it was."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage

from rapport.core import access
from rapport.core.access import Actor
from rapport.core.jobs import run_due
from rapport.core.models import AuditEntry, User
from rapport.people.models import Person
from rapport.people.queries import find
from rapport.people.services import policy
from rapport.people.values.schema import PERSON
from rapport.transfers.exports import columns as all_columns
from rapport.transfers.exports.services import exporting
from rapport.transfers.models import Export


@pytest.fixture
def take(user):
    """`take(format)` writes everybody and returns the bytes of the file."""

    def do(format="csv", columns=None, query=""):
        usual = [choice.name for choice in all_columns.choices() if choice.usual]
        chosen = columns or [*usual, *(c.name for c in all_columns.choices() if c.name.startswith("consent"))]
        scope = {"kind": "people", "query": query}
        export = exporting.order(
            actor=access.for_user(user), name="all", format=format, scope=scope, columns=chosen
        )
        run_due("transfers.export")
        export.refresh_from_db()
        assert export.problem == ""
        return default_storage.open(export.file).read()

    return do


def test_everybody_is_written_with_the_columns_chosen(person, take):
    person(email="a@example.org", name="Ada", country="GB")
    lines = list(csv.reader(io.StringIO(take(columns=["email", "trait.name"]).decode("utf-8-sig"))))
    assert lines == [["email", "trait.name"], ["a@example.org", "Ada"]]


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet"])
def test_what_was_exported_comes_back_as_no_change(person, take, bring, format):
    traits = {
        "age": 41,
        "vip": True,
        "tags": ["a", "b; c"],
        "address": {"city": "York"},
        "code": "007",
        "who": "=1+1",
    }
    person(email="a@example.org", phone="+442079460001", **traits)
    person(email="b@example.org", firstName="Béa", score=1.5)
    again = bring(take(format), name=f"again.{format}")
    assert (again.counts["unchanged"], again.counts["updated"], again.counts["rejected"]) == (2, 0, 0)


def test_what_rapport_works_out_by_itself_is_not_read_back_from_an_export(bring, monkeypatch):
    """A segment's export made a new trait of `segment.entered_at` each time it was brought back."""
    monkeypatch.setattr(policy.current(PERSON), "computed", frozenset({"spent"}))
    done = bring(
        "email,trait.city,trait.spent (number),segment.entered_at\na@example.org,York,5,2026-01-01\n"
    )
    meanings = [column["to"] for column in done.mapping["columns"]]
    assert meanings == ["identifier", "trait", "ignore", "ignore"]


def test_no_cell_runs_as_a_formula(person, take):
    person(email="a@example.org", name="=HYPERLINK(1)", title="@SUM(A1)", city="-1+1")
    cells = list(csv.reader(io.StringIO(take().decode("utf-8-sig"))))[1]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n|")]


def test_the_list_filter_limits_the_export(person, take):
    person(email="a@example.org", country="GB")
    person(email="b@example.org", country="FR")
    query = "filter=" + json.dumps({"all": [{"field": "country", "op": "is", "value": "FR"}]})
    lines = take("jsonl", ["email"], query).decode().splitlines()
    assert [json.loads(line)["email"] for line in lines] == ["b@example.org"]


@pytest.mark.parametrize(
    ("scope", "columns"),
    [
        ({"kind": "people", "query": "email=a@example.org"}, ["email"]),
        ({"kind": "people", "query": "filter=nonsense"}, ["email"]),
        ({"kind": "people", "query": ""}, ["email", "emial"]),
        ({"kind": "nothing", "query": ""}, ["email"]),
    ],
)
def test_what_is_misspelt_in_an_order_never_exports_everybody(user, person, scope, columns):
    person(email="b@example.org")
    with pytest.raises(ValueError, match=r"no|damaged"):
        exporting.order(actor=access.for_user(user), name="x", format="csv", scope=scope, columns=columns)


def test_without_the_permission_nothing_is_exported(actor_in_role, db):
    with pytest.raises(PermissionDenied):
        exporting.order(
            actor=actor_in_role("agent"), name="x", format="csv", scope={"kind": "people"}, columns=["email"]
        )


def test_a_link_ends(person, take, client):
    import datetime as dt

    from rapport.core.clock import SYSTEM, VirtualClock

    person(email="a@example.org")
    take()
    export, program = Export.objects.get(), Actor("key", "7", "Till", {})
    good = exporting.link(export, actor=program)
    late = exporting.link(export, actor=program, clock=VirtualClock(SYSTEM.now() - dt.timedelta(hours=1)))
    assert client.get(f"/exports/download/{good}").status_code == 200
    assert client.get(f"/exports/download/{late}").status_code == 404


def test_it_is_on_record_who_fetched_a_file_that_another_ordered(person, take, client, user):
    take()
    token = exporting.link(Export.objects.get(), actor=access.for_user(user))
    client.force_login(user)
    client.get(f"/exports/download/{token}")
    assert AuditEntry.objects.get(action="export.downloaded").actor_label == access.for_user(user).label


def test_the_link_of_a_user_opens_for_nobody_else(person, take, client, user):
    take()
    link = f"/exports/download/{exporting.link(Export.objects.get(), actor=access.for_user(user))}"
    assert client.get(link).status_code == 404
    client.force_login(User.objects.create_user("b@example.org", "correct horse battery", roles=["owner"]))
    assert client.get(link).status_code == 404
    assert not AuditEntry.objects.filter(action="export.downloaded").exists()


def test_a_vcard_comes_back_as_the_same_person(person, take, bring, actor):
    person(email="a@example.org", phone="+442079460001", first_name="Ada", last_name="King")
    card = take("vcard")
    Person.objects.all().delete()
    bring(card, name="cards.vcf")
    ada = find(actor, "email:a@example.org")
    assert (ada.traits["first_name"], ada.traits["phone"]) == ("Ada", "+442079460001")
