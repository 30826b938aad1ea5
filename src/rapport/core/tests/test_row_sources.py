"""Rows that are no queryset: filtered, sorted and paged as a queryset's."""

import datetime as dt
import json
from dataclasses import dataclass

import pytest
from django.db.models import Q

from rapport.core.tests.test_lists import request_of
from rapport.core.ui.lists import (
    ChoiceFilter,
    Column,
    DateFilter,
    ListPage,
    MemoryRows,
    NumberFilter,
    TextFilter,
)
from rapport.core.ui.lists.sources import holds

pytestmark = pytest.mark.django_db


@dataclass
class Fruit:
    pk: int
    name: str
    weight: int | None = None
    kind: str = "stone"
    picked: dt.datetime = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)

    def __str__(self):
        return self.name


FRUITS = [
    Fruit(1, "Plum", 40),
    Fruit(2, "apple", 180, "pome"),
    Fruit(3, "Pear", 160, "pome"),
    Fruit(4, "Fig"),
    Fruit(5, "Kaki", 160),
]


class Fruits(ListPage):
    name, title, default_sort, page_size = "fruits", "Fruits", "name", 2
    search_in = ("name",)
    export_permission = "users.edit"
    columns = (
        Column("name", "Name", sort="name", main=True),
        Column("weight", "Weight", sort="weight", num=True),
    )
    filters = (
        TextFilter("name", "Name"),
        NumberFilter("weight", "Weight"),
        ChoiceFilter("kind", "Kind", choices=(("stone", "Stone"), ("pome", "Pome"))),
        DateFilter("picked", "Picked"),
    )

    def rows(self):
        return MemoryRows(FRUITS)


def fruits(**query):
    return Fruits(request_of(**query))


def walked(**query):
    names, after = [], ""
    while True:
        page = fruits(**query, after=after).slice()
        names += [row.name for row in page.rows]
        after = page.after
        if not after:
            return names


def test_they_are_walked_page_by_page_in_order():
    assert walked() == ["apple", "Fig", "Kaki", "Pear", "Plum"]
    assert walked(sort="-name") == ["Plum", "Pear", "Kaki", "Fig", "apple"]


def test_rows_without_a_value_come_last_in_both_directions():
    assert walked(sort="weight")[0] == "Plum"
    assert walked(sort="weight")[-1] == walked(sort="-weight")[-1] == "Fig"


def test_previous_leads_back():
    second = fruits(after=fruits().slice().after).slice()
    assert [row.name for row in fruits(before=second.before).slice().rows] == ["apple", "Fig"]


def test_a_damaged_cursor_gives_the_first_page():
    assert [row.name for row in fruits(after="nonsense").slice().rows] == ["apple", "Fig"]


def condition(field, op, value=None):
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("tree", "names"),
    [
        (condition("name", "contains", "P"), ["apple", "Pear", "Plum"]),
        (condition("name", "starts", "p"), ["Pear", "Plum"]),
        (condition("name", "is", "PEAR"), ["Pear"]),
        (condition("weight", "from", 160), ["apple", "Kaki", "Pear"]),
        (condition("weight", "under", 160), ["Plum"]),
        (condition("weight", "empty"), ["Fig"]),
        (condition("weight", "filled"), ["apple", "Kaki", "Pear", "Plum"]),
        (condition("kind", "is", ["pome"]), ["apple", "Pear"]),
        (condition("kind", "is_not", ["pome"]), ["Fig", "Kaki", "Plum"]),
        (condition("picked", "on", "2026-05-01"), ["apple", "Fig", "Kaki", "Pear", "Plum"]),
        (condition("picked", "before", "2026-05-01"), []),
        ({"any": [condition("name", "is", "fig"), condition("name", "is", "plum")]}, ["Fig", "Plum"]),
        ({"not": condition("name", "contains", "p")}, ["Fig", "Kaki"]),
        (condition("pips", "is", 1), []),
    ],
)
def test_every_filter_means_what_it_means_in_a_database(tree, names):
    assert walked(filter=json.dumps(tree)) == names


def test_search_count_and_export_hold():
    assert walked(q="KAKI") == ["Kaki"]
    assert fruits(q="p").count() == (3, False)
    lines = b"".join(fruits(export="csv", sort="-weight").respond()).decode("utf-8-sig").splitlines()
    assert lines == ["Name,Weight", "apple,180", "Kaki,160", "Pear,160", "Plum,40", "Fig,"]


def test_the_page_shows_them_like_any_other_rows():
    text = fruits().respond().content.decode()
    assert "apple" in text
    assert "5 rows" in text


def test_an_empty_condition_holds_and_a_missing_field_compares_with_nothing():
    assert holds(Q(), FRUITS[0])
    assert not holds(Q(colour="red"), FRUITS[0])
    assert holds(Q(colour__isnull=True), FRUITS[0])
