"""Consent coverage counts what the gate would say, and every figure leads to its people."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.core import access
from rapport.governance import queries
from rapport.governance.models import Purpose
from rapport.governance.services import consent, restriction
from rapport.people.models import Person

pytestmark = pytest.mark.django_db


def say(person: Person, state: str = "granted", ends: dt.timedelta | None = None) -> None:
    now = dt.datetime.now(dt.UTC)
    evidence = {"expires_at": (now + ends).isoformat()} if ends else {}
    consent.record(
        actor=access.system("test"), person_id=person.pk, purpose="newsletter", channel="email", state=state,
        at=now - dt.timedelta(days=9), source="form", evidence=evidence,
    )  # fmt: skip


@pytest.fixture
def people(person: Any, actor: Any) -> dict[str, Person]:
    names = ("plain", "ending", "over", "bare", "barred", "gone", "silent")
    by_name = {
        name: person(email="" if name == "bare" else f"{name}@example.org", name=name) for name in names
    }
    Person.objects.filter(pk=by_name["bare"].pk).update(name="Bare")
    for name in ("plain", "bare", "barred"):
        say(by_name[name])
    say(by_name["ending"], ends=dt.timedelta(days=20))
    say(by_name["over"], ends=-dt.timedelta(days=1))
    say(by_name["gone"], "withdrawn")
    restriction.restrict(actor=actor, person_id=by_name["barred"].pk)
    return by_name


def test_a_row_counts_who_agreed_who_is_reachable_and_whose_consent_ends(actor: Any, people: Any) -> None:
    row = next(r for r in queries.coverage(actor) if (r.purpose.key, r.channel) == ("newsletter", "email"))
    assert (row.granted, row.reachable, row.ending) == (4, 2, 1)
    assert (row.withdrawn, row.expired, row.undecided) == (1, 1, 1)


@pytest.mark.parametrize(("state", "names"), [
    ("granted", {"plain", "bare", "barred", "ending"}), ("ending", {"ending"}), ("expired", {"over"}),
    ("withdrawn", {"gone"}), ("pending", set()),
])  # fmt: skip
def test_the_list_of_people_is_narrowed_to_a_figure(people: Any, state: str, names: set[str]) -> None:
    chosen = queries.ConsentFilter("consent", "Consent").chosen([f"newsletter/email/{state}"])
    shown = set(Person.objects.filter(chosen).values_list("pk", flat=True))
    assert shown == {people[name].pk for name in names}


def test_the_page_shows_it_and_its_links_open_the_list(page: Any, people: Any) -> None:
    shown = page.get("/settings/consent-coverage/").content.decode()
    assert "Newsletter" in shown
    link = next(part for part in shown.split('"') if part.startswith("/people/?") and "ending" in part)
    listed = page.get(link.replace("&amp;", "&")).content.decode()
    assert "ending@example.org" in listed
    assert "gone@example.org" not in listed


def test_where_no_purpose_needs_consent_the_page_says_so(page: Any) -> None:
    Purpose.objects.update(basis="contract")
    assert "No purpose needs consent" in page.get("/settings/consent-coverage/").content.decode()
