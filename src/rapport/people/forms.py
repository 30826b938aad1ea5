"""Forms of the people pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.people.normalise import normalise


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
