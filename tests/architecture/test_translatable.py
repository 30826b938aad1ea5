"""Labels that users read are lazy translations: choices of models, fields of forms, columns and filters of lists."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.utils.functional import Promise

import rapport
from rapport.core.ui.lists import ListPage

# Names of products and formats are the same in every language.
SAME = {
    "CSV",
    "JSON lines",
    "Parquet",
    "Excel (XLSX)",
    "vCard 4",
    "Standard Webhooks",
    "Stripe-Signature",
    "Rapport",
}


@pytest.fixture(scope="module", autouse=True)
def _everything_imported() -> None:
    for module in pkgutil.walk_packages(rapport.__path__, "rapport."):
        parts = set(module.name.split("."))
        if not parts & {"tests", "migrations", "bench"} and parts & {"forms", "views", "lists"}:
            importlib.import_module(module.name)


def _subclasses(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("rapport.") and ".tests." not in child.__module__:
            yield child
        yield from _subclasses(child)


def _plain(label: Any) -> bool:
    return isinstance(label, str) and not isinstance(label, Promise) and label not in {"", *SAME}


def test_choices_of_models() -> None:
    plain = {
        f"{model._meta.label}.{field.name}: {label}"
        for model in apps.get_models()
        if model.__module__.startswith("rapport.")
        for field in model._meta.get_fields()
        for _value, label in getattr(field, "flatchoices", ())
        if _plain(label) and label.lower() != str(_value).replace("_", " ")
    }
    assert sorted(plain) == []


def test_fields_of_forms() -> None:
    plain = {
        f"{form.__module__}.{form.__name__}.{name}: {label}"
        for form in _subclasses(forms.BaseForm)
        for name, field in getattr(form, "base_fields", {}).items()
        for label in (field.label, field.help_text)
        if _plain(label) or (label is None and not field.widget.is_hidden)
    }
    assert sorted(plain) == []


def test_columns_and_filters_of_lists() -> None:
    plain = {
        f"{page.__module__}.{page.__name__}: {part.label}"
        for page in _subclasses(ListPage)
        if "styleguide" not in page.__module__
        for part in (*getattr(page, "columns", ()), *page.filters, *page.bulk)
        if _plain(part.label)
    }
    assert sorted(plain) == []
