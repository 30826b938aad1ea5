"""Whom messages reach and where, in Python and in SQL."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection

from rapport.people.models import Identifier, Person
from rapport.people.queries.contact import barred, contact_rule, contacts

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 6, 10, tzinfo=dt.UTC)


def new(**values: Any) -> Person:
    return Person.objects.create(id=uuid.uuid4(), first_seen_at=AT, last_seen_at=AT, **values)


def refusal(person_id: uuid.UUID, identifier: str) -> str:
    rule = contact_rule("t.id", identifier)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rule.refusal} FROM (SELECT %(id)s::uuid AS id) t {rule.joins}",
            {"id": person_id, **rule.parameters},
        )
        return str(cursor.fetchone()[0])


@pytest.fixture
def ada(db: None) -> Person:
    person = new(name="Ada", email="ada@example.org", traits={"phone": "+44 1632 960001"})
    Identifier.objects.create(person=person, type="device_id", value="d-1", first_seen_at=AT)
    later = AT + dt.timedelta(days=1)
    Identifier.objects.create(person=person, type="device_id", value="d-2", first_seen_at=later)
    return person


@pytest.mark.parametrize(
    ("identifier", "address"),
    [("email", "ada@example.org"), ("phone", "+441632960001"), ("device_id", "d-2"), ("card_number", "")],
)
def test_the_address_is_the_identifier_of_the_type(ada: Person, identifier: str, address: str) -> None:
    assert contacts([ada.pk], identifier)[ada.pk].address == address
    assert refusal(ada.pk, identifier) == ("" if address else "no_address")


@pytest.mark.parametrize(("field", "reason"), [("erased_at", "erased"), ("restricted_at", "restricted")])
def test_who_may_not_be_written_to(ada: Person, field: str, reason: str) -> None:
    Person.objects.filter(pk=ada.pk).update(**{field: AT})
    assert contacts([ada.pk], "email")[ada.pk].barred == reason
    assert refusal(ada.pk, "email") == reason
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {barred('%s')}", [ada.pk])
        assert cursor.fetchone() == (reason,)


def test_who_is_not_there_is_gone() -> None:
    assert (contacts([uuid.uuid4()], "email"), refusal(uuid.uuid4(), "email")) == ({}, "gone")


def test_merges_are_followed_and_the_family_is_known(ada: Person) -> None:
    absorbed = new(name="A.", merged_into=ada)
    contact = contacts([absorbed.pk], "email")[absorbed.pk]
    assert (contact.id, contact.name, set(contact.family)) == (ada.pk, "Ada", {ada.pk, absorbed.pk})
