"""Forms of the people pages."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rapport.people.facts import typed
from rapport.people.models import Person
from rapport.people.normalise import normalise


class TraitForm(forms.Form):
    """One trait of a person. An empty value removes it."""

    name = forms.CharField(label=_("Name"), max_length=100)
    value = forms.CharField(label=_("Value"), max_length=2000, required=False)

    @classmethod
    def of(cls, person: Person, name: str) -> TraitForm:
        value = person.traits.get(name, "")
        text = json.dumps(value) if isinstance(value, dict | list) else value
        return cls(initial={"name": name, "value": text})

    def traits(self, person: Person) -> dict[str, Any]:
        """What to set; None removes. Raises ValidationError for an e-mail or phone that cannot be one."""
        name = self.cleaned_data["name"]
        value = typed(self.cleaned_data["value"], person.traits.get(name))
        if name in {"email", "phone"} and value and normalise(name, value) is None:
            raise ValidationError(
                _("“%(value)s” is not an e-mail address.") % {"value": value}
                if name == "email"
                else _("“%(value)s” is not a phone number.") % {"value": value}
            )
        return {name: value}


class PersonForm(forms.Form):
    """A person added by hand: at least one way to recognise him."""

    name = forms.CharField(label=_("Name"), max_length=254, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=64,
        required=False,
        help_text=_("With country code, such as +44 20 7946 0000."),
    )
    user_id = forms.CharField(
        label=_("Customer number"),
        max_length=254,
        required=False,
        help_text=_("The id your shop or other systems know this person by."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for kind in ("email", "phone", "user_id"):
            if data.get(kind) and normalise(kind, data[kind]) is None:
                self.add_error(kind, _("This cannot be used to recognise anybody; please check it."))
        if not any(data.get(kind) for kind in ("email", "phone", "user_id")) and not self.errors:
            self.add_error(None, _("Give an e-mail address, a phone number or a customer number."))
        return data

    def identifiers(self) -> list[tuple[str, str]]:
        kinds = ("user_id", "email", "phone")
        return [(kind, self.cleaned_data[kind]) for kind in kinds if self.cleaned_data.get(kind)]

    def traits(self) -> dict[str, str]:
        return {
            name: self.cleaned_data[name]
            for name in ("name", "email", "phone")
            if self.cleaned_data.get(name)
        }
