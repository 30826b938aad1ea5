"""Forms of the people pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.people.models import IdentifierType
from rapport.people.normalise import normalise


class PersonForm(forms.Form):
    """A person added by hand: at least one way to recognise them."""

    name = NameField(label=_("Name"), max_length=254, required=False)
    email = forms.CharField(label=_("Email"), max_length=254, required=False)
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
        help_text=_("The id of this person in your shop or other systems."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for kind in ("email", "phone", "user_id"):
            if data.get(kind) and normalise(kind, data[kind]) is None:
                self.add_error(kind, _("This value cannot identify anybody; please check it."))
        if not any(data.get(kind) for kind in ("email", "phone", "user_id")) and not self.errors:
            self.add_error(None, _("Give an email address, a phone number or a customer number."))
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


class IdentifierTypeForm(RevisedForm):
    """The rules of one type of identifier."""

    label = NameField(label=_("Name"), max_length=60)
    priority = forms.IntegerField(
        label=_("Strength"),
        min_value=1,
        max_value=10_000,
        initial=100,
        help_text=_("The smallest number is the strongest: it decides which person an event belongs to."),
    )
    normaliser = forms.ChoiceField(
        label=_("Normalised as"),
        choices=IdentifierType.Normaliser.choices,
        help_text=_("Values are converted to this form before they are compared."),
    )
    most = forms.IntegerField(
        label=_("Values per person"),
        min_value=0,
        max_value=100_000,
        initial=5,
        help_text=_("Further values are not linked, so that shared devices do not join people. 0: no limit."),
    )
    period = forms.ChoiceField(label=_("Counted"), choices=IdentifierType.Period.choices)
    merges = forms.BooleanField(
        label=_("May merge two profiles"),
        required=False,
        initial=True,
        help_text=_("Off: a shared value never merges two people who have a stronger identifier."),
    )
    unique = forms.BooleanField(
        label=_("Belongs to one person"),
        required=False,
        initial=True,
        help_text=_("Off: the value is only stored on each profile and identifies nobody."),
    )
    identifies = forms.BooleanField(
        label=_("Identifies a visitor"),
        required=False,
        help_text=_("Such as an address or a card number, as opposed to a browser."),
    )
    trait = forms.CharField(
        label=_("Also read from the trait"),
        max_length=100,
        required=False,
        help_text=_("When an identify call sets this trait, its value identifies the person."),
    )
    blocked_values = forms.CharField(
        label=_("Blocked values"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One per line, such as the shop's own address or a till's dummy card. They identify nobody."
        ),
    )
    blocked_pattern = forms.CharField(
        label=_("Blocked pattern"),
        max_length=200,
        required=False,
        help_text=_("A regular expression for whole values, such as test-.*"),
    )

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        return {**row, "blocked_values": "\n".join(row["blocked_values"])}

    def columns(self) -> dict[str, Any]:
        lines = self.cleaned_data["blocked_values"].splitlines()
        return {
            **{name: value for name, value in self.cleaned_data.items() if name != "key"},
            "blocked_values": tuple(line.strip()[:254] for line in lines if line.strip())[:1000],
        }


class NewIdentifierTypeForm(IdentifierTypeForm):
    key = forms.CharField(
        label=_("Key"),
        max_length=32,
        help_text=_(
            "The name in context.externalIds of events, such as shop_id. It cannot be changed later."
        ),
    )
    field_order = ("key", "label")
