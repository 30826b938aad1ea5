"""The form of costs: one, or a file of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.campaigns.services.costs import Given, read
from rapport.core.forms.fields import BoundedFileField, CurrencyField

MOST_FILE = 5 * 1024**2


class CostForm(forms.Form):
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    channel = forms.CharField(
        label=_("Channel"),
        required=False,
        max_length=40,
        help_text=_("email, paid_search, paid_social, display …"),
    )
    campaign = forms.CharField(
        label=_("Campaign"),
        required=False,
        max_length=200,
        help_text=_(
            "As in utm_campaign, or the name of a campaign sent from here; empty for the channel as a whole."
        ),
    )
    amount = forms.DecimalField(
        label=_("Amount"), required=False, min_value=0, max_digits=19, decimal_places=4
    )
    currency = CurrencyField(label=_("Currency"), required=False)
    file = BoundedFileField(
        most_bytes=MOST_FILE,
        label=_("Or a file"),
        required=False,
        help_text=_("CSV with day (or from and to), channel, campaign, amount and currency."),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if not data.get("file"):
            for name in ("first", "channel", "amount", "currency"):
                if name in data and data[name] in (None, ""):
                    self.add_error(name, gettext("Fill this in, or choose a file."))
        return data

    def costs(self) -> list[Given]:
        """Raises ValidationError for a file that holds none."""
        data = self.cleaned_data
        if data.get("file"):
            return read(data["file"].read())
        last = data["last"] or data["first"]
        channel = data["channel"].strip().lower()
        return [
            Given(data["first"], last, channel, data["campaign"].strip(), data["amount"], data["currency"])
        ]

    def refuse(self, error: ValidationError) -> None:
        for name, messages in error.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)
