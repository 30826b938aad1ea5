"""Forms of purposes and suppression."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.core.ui import formats
from rapport.governance.models import Purpose, Suppression
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services.purposes import Terms


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
    valid_for_days = forms.IntegerField(
        label=_("Consent is good for"),
        required=False,
        min_value=1,
        max_value=36_500,
        help_text=_("Days, counted from the day of consent; empty: until it is withdrawn."),
    )
    double_opt_in = forms.BooleanField(
        label=_("Ask for confirmation by mail (double opt-in)"),
        required=False,
        help_text=_("A sign-up on a website counts once it is confirmed from the mailbox itself."),
    )
    soft_opt_in_countries = forms.CharField(
        label=_("Existing customers may be written to (soft opt-in) in"),
        required=False,
        help_text=_(
            "Countries where the law allows it, such as GB, DE. It needs an order at which they could refuse, and "
            "holds for similar products of yours until they object."
        ),
    )
    refused_by_gpc = forms.BooleanField(
        label=_("Global Privacy Control is an objection"),
        required=False,
        help_text=_("Whoever's browser sends the signal has objected to this purpose."),
    )

    def clean_soft_opt_in_countries(self) -> list[str]:
        codes = [
            code.upper() for code in re.split(r"[\s,;]+", self.cleaned_data["soft_opt_in_countries"]) if code
        ]
        known_codes = {code for code, _name in formats.countries()}
        if unknown := [code for code in codes if code not in known_codes]:
            raise forms.ValidationError(
                _("There is no country %(codes)s: use codes of two letters."),
                params={"codes": ", ".join(unknown)},
            )
        return codes

    def terms(self) -> Terms:
        """What was entered, once it is valid."""
        return Terms(**{name.name: self.cleaned_data[name.name] for name in fields(Terms)})


class NewPurposeForm(PurposeForm):
    key = forms.CharField(
        label=_("Key"),
        max_length=64,
        validators=[
            RegexValidator(r"^[-\w]+\Z", _("Use letters, digits, “-” and “_” only."), flags=re.ASCII)
        ],
        help_text=_("Used in forms, segments and the API, such as newsletter. It cannot be changed later."),
    )
    field_order = ("name", "key")

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"].lower()
        if Purpose.objects.filter(key=key).exists():
            raise forms.ValidationError(_("Another purpose has this key."))
        return key


class AddressForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), choices=_with_addresses)
    address = forms.CharField(label=_("Address"), max_length=254)


class RemovalForm(forms.Form):
    """Why an address may be written to again."""

    suppression = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why may it be written to again?"),
        max_length=500,
        help_text=_("Such as “asked on the phone to be written to again, 12 May”. It is kept."),
    )


class OptOutFileForm(forms.Form):
    """Addresses that others keep as suppressed: a file, or pasted text."""

    file = forms.FileField(label=_("File"), required=False)
    text = forms.CharField(
        label=_("Or addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1_000_000,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload = cleaned.get("file")
        if upload and upload.size > 20_000_000:
            raise forms.ValidationError(_("The file is larger than 20 MB; split it."))
        content = upload.read() if upload else b""
        try:
            cleaned["content"] = content.decode("utf-8-sig") if upload else cleaned.get("text", "")
        except UnicodeDecodeError:
            cleaned["content"] = content.decode("cp1252", "replace")
        if not cleaned["content"].strip():
            raise forms.ValidationError(_("Choose a file, or paste addresses."))
        return cleaned


class SuppressForm(AddressForm):
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[(value, label) for value, label in Suppression.Reason.choices if value != "erased"],
        initial=Suppression.Reason.MANUAL,
    )
