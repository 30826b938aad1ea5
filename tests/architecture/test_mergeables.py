"""Every field that can name a person moves when two become one, or has a reason why it stays.

unmoved.json gives the reasons. That a `Mergeable` moves and gives back what it names is tried on a row of each field.
"""

from __future__ import annotations

import json
from operator import attrgetter
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from rapport.people.registry import MERGEABLES
from rapport.people.services.merging import merge_people
from rapport.people.services.unmerging import undo_merge
from tests.architecture import samples
from tests.architecture.test_forgetting import IMPERSONAL, fields_that

UNMOVED = json.loads(Path(__file__).with_name("unmoved.json").read_text())
# Follows from the ledger of both, which governance/tests/test_consent.py tries; the relation of both goes by its rows.
DERIVED = {"governance.Consent.person", "people.Company.members"}


def can_name_a_person(field: models.Field) -> bool:
    """A relation to a person, or an id (or several) of which nobody says that it is of something else."""
    if field.is_relation:
        return field.related_model._meta.label == "people.Person"
    ids = field.base_field if isinstance(field, ArrayField) else field
    is_other = field.primary_key or str(field) in IMPERSONAL
    return isinstance(ids, models.UUIDField) and ("person" in field.name or not is_other)


def in_question() -> set[str]:
    return fields_that(can_name_a_person)


def moved() -> list[str]:
    return sorted(field for mergeable in MERGEABLES for field in mergeable.fields)


def test_every_such_field_is_moved_or_has_a_reason():
    missing = sorted(in_question() - set(moved()) - set(UNMOVED))
    assert not missing, f"name in the app's Mergeable, or give a reason in unmoved.json: {missing}"


def test_no_field_is_moved_twice_and_no_reason_outlives_its_field():
    assert len(moved()) == len(set(moved()))
    needless = sorted(
        set(moved()) - in_question() | set(UNMOVED) - in_question() | set(UNMOVED) & set(moved())
    )
    assert not needless, f"take out: {needless}"
    assert all(len(reason.split()) > 3 for reason in UNMOVED.values())


@pytest.mark.django_db
@pytest.mark.parametrize("field", [field for field in moved() if field not in DERIVED])
def test_a_row_moves_and_comes_back(field, person, actor):
    label, _, name = field.rpartition(".")
    model = apps.get_model(label)
    # Whom the row names besides is neither of the two: samples take the first person.
    _other, survivor, absorbed = sorted((person() for _ in range(3)), key=attrgetter("pk"))
    attribute = model._meta.get_field(name).attname
    samples.make(label, 0, **{name: absorbed.pk if name == attribute else absorbed})
    merge = merge_people(actor=actor, survivor_id=survivor.pk, absorbed_id=absorbed.pk, rule="by hand")

    def owners() -> list[object]:
        rows = model._default_manager.filter(**{f"{attribute}__in": [survivor.pk, absorbed.pk]})
        return list(rows.values_list(attribute, flat=True))

    assert owners() == [survivor.pk]
    undo_merge(actor=actor, merge=merge)
    assert absorbed.pk in owners()
