"""Looks again, after an erasure, whether what the apps say they hold of a person is gone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet, UUIDField

from rapport.core import registry
from rapport.people.models import Person

# What a field holds that holds nothing.
_EMPTY: tuple[Any, ...] = ("", {}, [], b"")


class NotErased(RuntimeError):
    """Something would have stayed. The transaction is rolled back, and no receipt is written."""


def verified_gone(person_ids: list[uuid.UUID]) -> list[str]:
    """The fields of personal data ("app.Model.field") of which nothing is left; in the transaction that erased.

    Read from the declarations that exporters and erasers are checked against, not from what the erasers counted.
    Raises NotErased. What has no column that names a person is not looked at (files, payloads).
    """
    looked_at = []
    holders = registry.personal_data()
    for name in sorted({field for holder in holders for field in {*holder.fields} - {*holder.kept}}):
        app, model_name, field = name.split(".")
        model = apps.get_model(app, model_name)
        if (about := _about(model, field, person_ids)) is None:
            continue
        rows: QuerySet[Model] = model._default_manager.filter(about)
        if any(
            value not in _EMPTY and value is not None for value in rows.values_list(field, flat=True)[:1000]
        ):
            raise NotErased(f"Nothing was erased, because {name} would have stayed.")
        looked_at.append(name)
    return looked_at


def _about(model: type[Model], field: str, person_ids: list[uuid.UUID]) -> Q | None:
    """The rows that are about these persons, by the columns that name one."""
    if model is Person:
        return Q(pk__in=person_ids)
    columns = set(_columns(model, field))
    about = Q()
    for column in columns:
        about |= Q(**{f"{column}__in": person_ids})
    return about if columns else None


def _columns(model: type[Model], field: str) -> Iterator[str]:
    for column in model._meta.fields:
        if column.related_model is Person or (isinstance(column, UUIDField) and column.name == field):
            yield column.attname
