"""What can be done to many people at once: setting a trait, joining a company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import Actor
from rapport.core.ui.lists import BulkEdit
from rapport.people.forms.values import ValueForm
from rapport.people.models import Person
from rapport.people.queries import traits as trait_queries
from rapport.people.services import bulk
from rapport.people.values import schema


class SetTrait(BulkEdit):
    """One value of one trait, known or new."""

    name = "set_trait"
    label = heading = gettext_lazy("Set a trait")
    permission = "people.edit"
    template = "people/_set_trait.html"

    def form(self, actor: Actor, data: QueryDict | None, query: QueryDict) -> ValueForm:
        name = (data or query).get("name", "").strip()
        definitions = [
            definition
            for definition in trait_queries.definitions(schema.PERSON)
            if not definition.is_read_only
        ]
        chosen = next(
            (definition for definition in definitions if name in {definition.key, str(definition.label)}),
            None,
        )
        form = ValueForm(data, definition=chosen, name=chosen.key if chosen else name)
        form.traits = definitions  # type: ignore[attr-defined]
        return form

    def settle(self, actor: Actor, form: ValueForm) -> dict[str, Any]:
        ((trait, value),) = form.values().items()
        return bulk.trait_change(actor, trait, value)

    def describe(self, what: Mapping[str, Any]) -> str:
        return _("Setting “%(trait)s”.") % what

    def apply(self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Person]) -> dict[str, Any]:
        return bulk.set_trait(actor=actor, what=what, people=rows)

    def undo(
        self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Person], before: dict[str, Any]
    ) -> None:
        bulk.restore_trait(actor=actor, what=what, people=rows, before=before)


class CompanyForm(forms.Form):
    """Which company the chosen people join, and as what."""

    company = forms.UUIDField(
        label=gettext_lazy("Company"),
        error_messages={"required": gettext_lazy("Type a name and choose a company from the list.")},
    )
    role = forms.CharField(label=gettext_lazy("Role"), max_length=120, required=False)


class AddToCompany(BulkEdit):
    """Membership of one company."""

    name = "add_to_company"
    label = gettext_lazy("Add to company")
    heading = gettext_lazy("Add to a company")
    icon = "building-2"
    permission = "people.edit"
    template = "people/_add_to_company.html"

    def form(self, actor: Actor, data: QueryDict | None, query: QueryDict) -> CompanyForm:
        return CompanyForm(data)

    def settle(self, actor: Actor, form: CompanyForm) -> dict[str, Any]:
        return bulk.company_change(actor, form.cleaned_data["company"], form.cleaned_data["role"])

    def describe(self, what: Mapping[str, Any]) -> str:
        return _("Adding to %(name)s.") % what

    def apply(self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Person]) -> dict[str, Any]:
        return bulk.add_to_company(actor=actor, what=what, people=rows)

    def undo(
        self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Person], before: dict[str, Any]
    ) -> None:
        bulk.leave_company(actor=actor, what=what, people=rows)
