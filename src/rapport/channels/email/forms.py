"""Forms of senders and sending domains."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rapport.channels.email.services.domains import normalised
from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm


class SenderForm(RevisedForm):
    name = NameField(
        label=_("Sender's name"),
        max_length=120,
        required=False,
        help_text=_("The name of the business, if you leave it empty."),
    )
    address = forms.EmailField(
        label=_("Sender's address"),
        help_text=_("At a domain of your own. Gmail and Yahoo reject bulk mail from addresses at theirs."),
    )
    reply_to = forms.EmailField(
        label=_("Reply-to address"),
        required=False,
        help_text=_("Where answers go, if not to the sender's address."),
    )

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        normalised(address)
        return address


class DomainForm(forms.Form):
    name = forms.CharField(label=_("Domain"), max_length=254)

    def clean_name(self) -> str:
        return normalised(self.cleaned_data["name"])


class LimitForm(forms.Form):
    provider = forms.CharField(
        label=_("Provider"), max_length=254, help_text=_("Any of its domains, such as gmail.com.")
    )
    per_minute = forms.IntegerField(
        label=_("Messages a minute"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=_("Empty: no limit."),
    )

    def clean_provider(self) -> str:
        return normalised(self.cleaned_data["provider"])


class WarmupForm(RevisedForm):
    start = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: no plan, everything is sent at once."),
    )
    first = forms.IntegerField(label=_("Messages on the first day"), min_value=1, max_value=1_000_000)
    growth = forms.IntegerField(label=_("More each day, in per cent"), min_value=1, max_value=300)
    target = forms.IntegerField(label=_("Messages a day at the end"), min_value=1, max_value=100_000_000)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("first", 0) > cleaned.get("target", 0):
            self.add_error("target", ValidationError(_("This must be more than on the first day.")))
        return cleaned
