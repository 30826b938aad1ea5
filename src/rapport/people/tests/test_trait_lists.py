"""Every trait as a column, a filter and something to sort by, whatever stands on a profile."""

from __future__ import annotations

import json

import pytest
from django.test import RequestFactory

from rapport.people.models import Person
from rapport.people.values.schema import Definition
from rapport.people.values.types import TraitRule, TraitType
from rapport.people.views.lists import PeopleList
from rapport.people.views.trait_lists import trait_filter

PROFILES = {
    "Ann": {"points": 9, "tier": "Gold", "joined": "2024-03-01", "vip": True},
    "Ben": {"points": "10", "tier": "silver", "joined": "2025-01-31", "vip": False},
    "Cid": {"points": "many", "tier": "", "joined": "soon", "vip": "who knows"},
    "Dot": {},
}


@pytest.fixture
def people(live, actor, person, monkeypatch):
    for name, traits in PROFILES.items():
        row = person(email=f"{name.lower()}@example.org")
        Person.objects.filter(pk=row.pk).update(name=name, traits=traits)
    from rapport.people.queries import traits
    from rapport.people.queries.traits import Seen

    kinds = {"points": "whole_number", "tier": "text", "joined": "date", "vip": "yes_no"}
    seen = {key: Seen(key, 1, kind) for key, kind in kinds.items()}
    monkeypatch.setattr(traits, "usage", lambda *_given, **_named: seen)

    def names(**query):
        request = RequestFactory().get("/people/", query)
        request.actor = actor
        return [row.name for row in PeopleList(request).slice().rows]

    return names


def where(field, op, value=None):
    return json.dumps({"field": f"trait:{field}", "op": op, "value": value})


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (where("points", "over", "9"), {"Ben"}),
        (where("points", "from", "9"), {"Ann", "Ben"}),
        (where("points", "empty"), {"Cid", "Dot"}),
        (where("tier", "is", "GOLD"), {"Ann"}),
        (where("tier", "empty"), {"Cid", "Dot"}),
        (where("joined", "since", "2025-01-31"), {"Ben"}),
        (where("joined", "before", "2025-01-01"), {"Ann"}),
        (where("joined", "on", "2024-03-01"), {"Ann"}),
        (where("vip", "is", ["yes"]), {"Ann"}),
        (where("vip", "is", ["no"]), {"Ben"}),
    ],
)
def test_a_trait_without_a_definition_is_filtered_by_its_type(people, condition, names):
    assert set(people(filter=condition)) == names


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (where("tier", "is", "gold"), {"Ben", "Cid", "Dot"}),
        (where("points", "over", 9), {"Ann", "Cid", "Dot"}),
        (where("vip", "is", ["yes"]), {"Ben", "Cid", "Dot"}),
        (where("joined", "before", "2025-01-01"), {"Ben", "Cid", "Dot"}),
        (where("country", "is", "GB").replace("trait:", ""), {"Ann", "Ben", "Cid", "Dot"}),
        (where("tier", "empty"), {"Ann", "Ben"}),
    ],
)
def test_who_does_not_have_a_trait_is_among_those_whose_trait_is_something_else(people, condition, names):
    assert set(people(filter=f'{{"not": {condition}}}')) == names


def test_none_of_the_choices_are_also_those_who_chose_nothing(people):
    definition = Definition(
        "tier", "Tier", TraitType.CHOICE, rule=TraitRule(TraitType.CHOICE, ("Gold", "silver"))
    )
    others = Person.objects.filter(trait_filter(definition).condition("is_not", ["Gold"]))
    assert set(others.values_list("name", flat=True)) == {"Ben", "Cid", "Dot"}


@pytest.mark.parametrize("number", ["1e999999", "-1e999999", "1e-999999", "9" * 400])
def test_a_number_that_the_database_could_not_compare_is_refused(people, number):
    assert people(filter=where("points", "under", number)) == []


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("trait:points", ["Ann", "Ben"]),
        ("-trait:points", ["Ben", "Ann"]),
        ("trait:tier", ["Ann", "Ben"]),
        ("-trait:joined", ["Cid", "Ben", "Ann"]),
    ],
)
def test_a_list_is_sorted_by_any_trait_and_rows_without_it_come_last(people, sort, first):
    names = people(sort=sort)
    assert names[: len(first)] == first
    assert set(names) == set(PROFILES)


def test_a_trait_is_a_column_and_its_odd_values_are_shown_as_they_are(people, page, actor):
    html = page.get("/people/?cols=trait:points,trait:joined").content.decode()
    assert "many" in html
    assert "soon" in html


def test_a_damaged_trait_name_is_no_sort_and_no_column(people):
    assert len(people(sort="trait:nothing", cols="trait:x'; --")) == len(PROFILES)
