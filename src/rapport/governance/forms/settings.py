"""Forms of purposes and suppression."""

from __future__ import annotations

import re

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.governance.models import Purpose, Suppression
from rapport.governance.registry import CONSENT_CHANNELS


def _with_addresses() -> list[tuple[str, object]]:
    """The channels whose addresses can be suppressed by hand."""
    return [(channel.key, channel.label) for channel in CONSENT_CHANNELS if channel.identifier]


class PurposeForm(RevisedForm):
    name = NameField(
        label=_("Name"), max_length=120, help_text=_("Customers see this name when they consent.")
    )
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
    basis = forms.ChoiceField(
        label=_("Legal basis"), choices=Purpose.Basis.choices, initial=Purpose.Basis.CONSENT
    )


class NewPurposeForm(PurposeForm):
    key = forms.CharField(
        label=_("Key"),
        max_length=64,
        validators=[
            RegexValidator(r"^[-\w]+\Z", _("Use letters, digits, “-” and “_” only."), flags=re.ASCII)
        ],
        help_text=_("Used in forms, segments and the API, such as newsletter. It cannot be changed later."),
    )
    field_order = ("name", "key", "description", "basis")

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"].lower()
        if Purpose.objects.filter(key=key).exists():
            raise forms.ValidationError(_("Another purpose has this key."))
        return key


class AddressForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), choices=_with_addresses)
    address = forms.CharField(label=_("Address"), max_length=254)


class SuppressForm(AddressForm):
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[(value, label) for value, label in Suppression.Reason.choices if value != "erased"],
        initial=Suppression.Reason.MANUAL,
    )
