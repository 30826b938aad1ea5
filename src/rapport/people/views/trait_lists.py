"""Traits in the lists of people and companies: each one as a column, a filter and something to sort by."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Case, DecimalField, Expression, Q, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Lower, NullIf
from django.db.models.lookups import Regex

from rapport.core.access import Actor
from rapport.core.ui.lists import (
    BooleanFilter,
    ChoiceFilter,
    Column,
    DateFilter,
    Filter,
    NumberFilter,
    TextFilter,
)
from rapport.people.queries import traits as trait_queries
from rapport.people.values.formatting import format_trait, trait_label
from rapport.people.values.schema import Definition
from rapport.people.values.types import TraitType, country_code

FIGURES = {TraitType.NUMBER, TraitType.WHOLE, TraitType.MONEY}
UNSORTED = {TraitType.JSON, TraitType.LIST, TraitType.CHOICES}
# A number as text, with so few digits that it fits.
NUMBER = r"^[+-]?\d{1,25}(\.\d{1,10})?$"


def list_traits(actor: Actor, entity: str) -> list[Definition]:
    """Every trait of an entity: those defined, then those that profiles have without a definition."""
    others = [
        Definition(trait.key, trait_label(trait.key), trait.kind, entity, is_predefined=False)
        for trait in trait_queries.undefined(actor, entity, lately=True)
    ]
    return [*trait_queries.definitions(entity), *others]


def text_of(key: str) -> Expression:
    """The value as text. The trait's name never reaches the query as anything but a bound parameter."""
    return NullIf(Cast(KeyTextTransform(key, "traits"), TextField()), Value("", TextField()))


def _figure_of(key: str) -> Expression:
    """The value as a number; nothing where it is none, so that one odd profile never fails the list."""
    amount: DecimalField[Any, Any] = DecimalField(max_digits=40, decimal_places=10)
    is_number = Q(Regex(text_of(key), NUMBER))
    return Case(When(is_number, then=Cast(text_of(key), amount)), output_field=amount)


def trait_column(definition: Definition) -> Column:
    key, is_figure = definition.key, definition.kind in FIGURES
    described = definition if definition.is_predefined or definition.rule.kind != TraitType.JSON else None

    def read(row: Any) -> str:
        return format_trait(key, row.traits.get(key), described)

    sort = None if definition.kind in UNSORTED else _figure_of(key) if is_figure else Lower(text_of(key))
    return Column(
        f"trait:{key}", definition.label, value=read, sort=sort, num=is_figure, shown=definition.is_column
    )


def trait_filter(definition: Definition) -> Filter:
    """A filter with the operators of the trait's type."""
    name, label, key = f"trait:{definition.key}", definition.label, definition.key
    match definition.kind:
        case TraitType.NUMBER | TraitType.WHOLE | TraitType.MONEY:
            return NumberFilter(name, label, _figure_of(key))
        case TraitType.DATE:
            return TraitDateFilter(name, label, text_of(key))
        case TraitType.MOMENT:
            return TraitMomentFilter(name, label, text_of(key))
        case TraitType.YES_NO:
            return TraitBooleanFilter(name, label, text_of(key))
        case TraitType.CHOICE if definition.options:
            return ChoiceFilter(
                name, label, text_of(key), choices=[(text, text) for text in definition.options]
            )
        case TraitType.COUNTRY:
            return CountryFilter(name, label, text_of(key))
    return TextFilter(name, label, text_of(key))


class TraitDateFilter(DateFilter):
    """Dates are kept as ISO text, which sorts as they do. A text that is no date is neither early nor late."""

    def where(self, lookup: str, value: Any) -> Q:
        if not isinstance(value, dt.datetime):
            return super().where(lookup, value)
        return super().where(lookup, self.text(value)) & super().where(
            "regex", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
        )

    def text(self, moment: dt.datetime) -> str:
        return moment.date().isoformat()


class TraitMomentFilter(TraitDateFilter):
    """Moments are kept as ISO text in UTC."""

    def text(self, moment: dt.datetime) -> str:
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")


class TraitBooleanFilter(BooleanFilter):
    def chosen(self, values: list[Any]) -> Q:
        return self.where("in", ["true" if value == "yes" else "false" for value in values])


class CountryFilter(TextFilter):
    """Countries are kept by their code and asked for by code or name."""

    def condition(self, operator: str, value: Any) -> Q:
        code = country_code(value) if operator in {"is", "contains"} and isinstance(value, str) else None
        return self.where("iexact", code) if code else super().condition(operator, value)
