"""Letters: addresses as countries write them, PDFs in any letters, one print file a run, and what comes back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from rapport.channels.models import Mailpiece, PrintFile
from rapport.channels.post import pdf, personal_data, services
from rapport.channels.protocol import Content, Message, Result, Sender, Unfit
from rapport.channels.registry import ADAPTERS, WrongSettings
from rapport.core import crypto, jobs
from rapport.core.access import Actor, for_user
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.models import ApiKey, AuditEntry, User, Workspace
from rapport.core.permissions import grants_of_role
from rapport.governance.models import Purpose, Suppression
from rapport.governance.services import consent
from rapport.people.models import Person
from rapport.people.queries.contact import contacts
from rapport.people.queries.postal import POSTAL_ADDRESSES, postal_lines

NOW = dt.datetime(2026, 11, 30, 10, tzinfo=dt.UTC)
SETTINGS = {"layout": "din5008b", "sender": "Shop GmbH\nWeg 1\n10115 Berlin", "pages": 2}
BERLIN = {"street": "Hauptstraße 5", "postal_code": "10115", "city": "Berlin", "country": "DE"}


@pytest.mark.parametrize(
    ("traits", "home", "expected"),
    [
        (BERLIN, "DE", ["Maria Muster", "Hauptstraße 5", "10115 BERLIN"]),
        ({"address": BERLIN}, "GB", ["Maria Muster", "Hauptstraße 5", "10115 BERLIN", "GERMANY"]),
        (
            {
                "address": {
                    "line1": "1 Main St",
                    "line2": "Apt 2",
                    "city": "Austin",
                    "state": "TX",
                    "zip": "78701",
                    "country": "US",
                }
            },
            "US",
            ["Maria Muster", "1 Main St", "Apt 2", "AUSTIN, TX 78701"],
        ),
        (BERLIN | {"postal_code": "1011"}, "DE", []),
        ({"city": "Berlin", "country": "DE"}, "DE", []),
        (BERLIN | {"country": "Atlantis"}, "", []),
        ({"address": "Hauptstraße 5, Berlin"}, "DE", []),
        ({}, "DE", []),
    ],
)
def test_addresses_are_written_as_their_country_does(traits: Any, home: str, expected: list[str]) -> None:
    assert postal_lines("Maria Muster", traits, home) == expected


def test_a_mailpiece_has_every_name_in_it() -> None:
    for layout in pdf.LAYOUTS:
        document, pages = pdf.document_of(
            layout=layout, sender="Shop\nWeg 1", address="محمد السلمي\nΟδός Ερμού 5\n10563 Αθήνα", date="30.11.2026",
            subject="Größe", body="Уважаемая Żaneta,\n\nمرحبا بكم\n" * 3, code="L0123456789AB",
        )  # fmt: skip
        assert (document[:5], pages) == (b"%PDF-", 1)
    with pytest.raises(Unfit):
        pdf.document_of(
            layout="us10", sender="", address="a\n" * 6 + "b", date="", subject="s", body="b", code="L"
        )
    assert pdf.missing("Größe Ωμέγα Żółć Привет مرحبا — “…” €") == []
    assert pdf.missing("山田") == ["山", "田"]


@pytest.fixture
def message(db: None) -> Callable[..., Message]:
    Workspace.objects.update_or_create(pk=1, defaults={"country": "DE", "name": "Shop"})
    Purpose.objects.create(key="renewals", name="Renewals", basis="legitimate_interest")

    def make(
        person: Person | None, address: str = "Maria Muster\nHauptstraße 5\n10115 Berlin", **other: Any
    ) -> Message:
        fields = {"subject": "Renewal", "body": "Dear Maria,\n\nhello."} | other.pop("fields", {})
        content = Content(
            str(uuid.uuid4()),
            "Maria",
            address,
            "",
            "",
            "",
            NOW,
            fields=fields,
            person_id=person and person.pk,
            **other,
        )
        return ADAPTERS["letters"].compose(Sender("Shop", "", stream="renewals" if person else ""), SETTINGS)(
            content
        )

    return make


@pytest.fixture
def person(db: None) -> Person:
    return Person.objects.create(
        id=uuid.uuid4(), first_seen_at=NOW, last_seen_at=NOW, name="Maria Muster", traits={"address": BERLIN}
    )


@pytest.fixture
def printer(user: User) -> Actor:
    return for_user(user)


def _deliver(*messages: Message) -> list[Any]:
    return ADAPTERS["letters"].open(SETTINGS).deliver(messages)


def _close(actor: Actor) -> PrintFile:
    clock = VirtualClock(NOW)
    file = services.close(actor=actor, clock=clock)
    assert file is not None
    jobs.run_once(clock, services.JOB)
    file.refresh_from_db()
    return file


def test_the_address_of_a_person_is_that_of_their_traits(message: Any, person: Person) -> None:
    contact = contacts([person.pk], "", POSTAL_ADDRESSES)[person.pk]
    assert contact.address == "Maria Muster\nHauptstraße 5\n10115 BERLIN"


def test_a_run_is_one_file_with_every_mailpiece_once(message: Any, person: Person, printer: Actor) -> None:
    first, second = message(person), message(person)
    outcomes = _deliver(first, second, first)
    assert [outcome.result for outcome in outcomes] == [Result.ACCEPTED] * 3
    file = _close(printer)
    assert (file.letters_count, file.pages_count) == (2, 2)
    with default_storage.open(file.path) as content, zipfile.ZipFile(content) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
        assert [row["file"] for row in rows] == archive.namelist()[:2]
        assert {archive.read(row["file"])[:5] for row in rows} == {b"%PDF-"}
    assert rows[0]["address"] == "Maria Muster, Hauptstraße 5, 10115 Berlin"
    assert services.close(actor=printer) is None


def test_who_withdrew_meanwhile_is_not_printed(
    message: Any, person: Person, printer: Actor, actor: Actor
) -> None:
    _deliver(message(person))
    consent.record(
        actor=actor,
        person_id=person.pk,
        purpose="renewals",
        channel="post",
        state="withdrawn",
        at=NOW,
        source="form",
    )
    assert services.close(actor=printer, clock=VirtualClock(NOW)) is None
    assert (Mailpiece.objects.get().state, Mailpiece.objects.get().why) == ("stopped", "withdrawn")


def test_a_mailpiece_that_does_not_fit_stops_alone(message: Any, person: Person, printer: Actor) -> None:
    _deliver(
        message(person),
        message(person, fields={"body": "line\n" * 200}),
        message(person, address="a\n" * 8 + "b"),
    )
    file = _close(printer)
    assert file.letters_count == 1
    assert sorted(Mailpiece.objects.values_list("state", flat=True)) == ["printed", "stopped", "stopped"]


def test_what_cannot_be_printed_is_no_message(message: Any, person: Person) -> None:
    for fields in ({"subject": " "}, {"body": ""}, {"body": "x" * 20_001}, {"body": "こんにちは"}):
        with pytest.raises(Unfit):
            message(person, fields=fields)
    with pytest.raises(WrongSettings):
        ADAPTERS["letters"].check(SETTINGS | {"pages": 0})


def test_a_test_is_made_and_not_printed(message: Any) -> None:
    [outcome] = _deliver(message(None, "Maria, Hauptstraße 5, 10115 Berlin", test=True))
    assert (outcome.result, Mailpiece.objects.count()) == (Result.ACCEPTED, 0)


def test_a_mailpiece_that_came_back_is_the_last_to_its_address(
    message: Any, person: Person, printer: Actor
) -> None:
    [outcome] = _deliver(message(person))
    code = outcome.provider_id
    assert services.came_back(actor=printer, text=f"scan: {code.lower()};L000000000000") == (
        1,
        ["L000000000000"],
    )
    assert services.came_back(actor=printer, text=code) == (0, [])
    assert Mailpiece.objects.get().state == "returned"
    assert Suppression.objects.get(channel="post").reason == "bounced"


def test_the_file_is_downloaded_and_that_is_noted(
    message: Any, person: Person, page: Any, printer: Actor
) -> None:
    _deliver(message(person))
    assert "1 letter waits" in page.get(reverse("channels:print-files")).content.decode()
    file = _close(printer)
    answer = page.get(reverse("channels:print-file", args=[file.pk]))
    assert b"".join(answer)[:2] == b"PK"
    assert AuditEntry.objects.filter(action="print_file.downloaded").count() == 1
    assert "Renewal" in page.get(reverse("channels:letters")).content.decode()
    assert (
        "Hauptstraße"
        in page.get(reverse("channels:letter", args=[Mailpiece.objects.get().pk])).content.decode()
    )
    answer = page.post(reverse("channels:letter-returns"), {"codes": Mailpiece.objects.get().code})
    assert (answer.status_code, Mailpiece.objects.get().state) == (302, "returned")


def test_forgetting_covers_the_file(
    message: Any, person: Person, printer: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    _deliver(message(person))
    path = _close(printer).path
    assert personal_data.export([person.pk])["letters"][0]["subject"] == "Renewal"
    with django_capture_on_commit_callbacks(execute=True):
        assert personal_data.erase([person.pk]) == {"channels_mailpiece": 1, "channels_printfile": 1}
    assert not default_storage.exists(path)
    assert PrintFile.objects.get().path == ""


def test_a_print_house_works_over_the_api(
    message: Any, person: Person, printer: Actor, client: Any, user: User
) -> None:
    secret = crypto.token("rk")
    grants = grants_of_role("admin")
    ApiKey.objects.create(name="t", prefix=secret[:8], digest=crypto.digest(secret), grants=grants)
    headers = {"authorization": f"Bearer {secret}"}
    _deliver(message(person))
    row = client.get("/api/v1/letters?state=waiting", headers=headers).json()["data"][0]
    assert (row["subject"], row["person_id"], row["state"]) == ("Renewal", str(person.pk), "waiting")
    closed = client.post("/api/v1/print-files", headers=headers)
    assert (closed.status_code, closed.json()["made_at"]) == (202, None)
    address = f"/api/v1/print-files/{closed.json()['id']}"
    assert client.get(f"{address}/content", headers=headers).status_code == 409
    assert client.post("/api/v1/print-files", headers=headers).status_code == 409
    jobs.run_once(SYSTEM, services.JOB)
    download = client.get(f"{address}/content", headers=headers)
    assert (b"".join(download.streaming_content)[:2], download.headers["Content-Type"]) == (
        b"PK",
        "application/zip",
    )
    assert client.get(address, headers=headers).json()["downloaded_at"]
    body = {"codes": f"{row['code']} L000000000000"}
    returned = client.post("/api/v1/letters/returns", body, "application/json", headers=headers)
    assert returned.json() == {"returned": 1, "unknown": ["L000000000000"]}
