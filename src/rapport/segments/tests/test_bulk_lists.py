"""Adding many people of the list of people to a list kept by hand, and taking it back."""

import pytest

from rapport.core.models import BulkChange
from rapport.segments.models import Segment
from rapport.segments.services import lists


def on(key):
    rows = Segment.objects.get(key=key).memberships.all()
    return sorted(row.person.name for row in rows.select_related("person"))


@pytest.fixture
def people(person, live):
    return [person(name=name) for name in ("Ada", "Bob", "Cleo")]


def chosen(page, people):
    return page.post("/people/", {"action": "list", "row": [str(person.pk) for person in people]})["Location"]


def test_people_are_put_on_a_new_list_and_taken_off_again(page, people):
    place = chosen(page, people[:2])
    page.post(place, {"new": "Press"})
    assert on("press") == ["Ada", "Bob"]
    page.post(f"{place}undo/")
    assert on("press") == []


def test_taking_it_back_leaves_those_who_were_on_the_list_before(page, people, actor):
    press = lists.create_list(actor=actor, name="Press")
    lists.add_people(actor=actor, segment=press, person_ids=[people[0].pk], how="by hand")
    place = chosen(page, people)
    page.post(place, {"key": "press"})
    page.post(f"{place}undo/")
    assert on("press") == ["Ada"]


def test_without_a_list_nothing_begins(page, people):
    place = chosen(page, people)
    assert page.post(place, {"new": " "}).status_code == 422
    assert BulkChange.objects.get().state == "draft"
