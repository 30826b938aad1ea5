"""Forgetting is a feature: a field that can hold personal data has somebody who exports and erases it, or a reason.

impersonal.json gives the reasons. A new field of these kinds fails here until one of the two is true.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from rapport.core.registry import personal_data
from tests.architecture.project import rooms

IMPERSONAL = json.loads(Path(__file__).with_name("impersonal.json").read_text())
WORDS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.FileField,
    models.GenericIPAddressField,
    models.UUIDField,
    ArrayField,
)


def can_hold_personal_data(field: models.Field) -> bool:
    """Anything with free content, any id of its own kind, and any way to a person."""
    if field.is_relation:
        return field.related_model._meta.label == "people.Person"
    return isinstance(field, WORDS) and not field.primary_key and not field.choices


def fields_that(fit: Callable[[models.Field], bool]) -> set[str]:
    """app.Model.field of every field of the rooms that fits."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in rooms()
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many)
        if fit(field)
    }


def in_question() -> set[str]:
    return fields_that(can_hold_personal_data)


def held() -> set[str]:
    return {field for holder in personal_data() for field in holder.fields}


def test_every_such_field_is_held_or_has_a_reason():
    missing = sorted(in_question() - held() - set(IMPERSONAL))
    assert not missing, f"name in the app's PersonalData, or give a reason in impersonal.json: {missing}"


def test_no_reason_outlives_its_field_or_contradicts_a_holder():
    needless = sorted(set(IMPERSONAL) - in_question() | set(IMPERSONAL) & held())
    assert not needless, f"take out of impersonal.json: {needless}"


def test_every_reason_is_a_sentence():
    assert all(len(reason.split()) > 3 for reason in IMPERSONAL.values())


def test_holders_name_fields_that_exist():
    for name in held():
        app, model, field = name.split(".")
        assert apps.get_model(app, model)._meta.get_field(field)
