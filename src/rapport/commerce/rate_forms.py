"""The form of exchange rates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.commerce.services.exchange_rates import Rate, read
from rapport.core.forms.fields import BoundedFileField, CurrencyField

MOST_FILE = 20 * 1024**2


class ExchangeRateForm(forms.Form):
    """A file of rates, or one rate."""

    file = BoundedFileField(
        most_bytes=MOST_FILE,
        label=_("File"),
        required=False,
        help_text=_(
            "eurofxref-hist.xml or .csv of the European Central Bank, or a CSV with day, currency and rate."
        ),
    )
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    currency = CurrencyField(label=_("Currency"), required=False)
    rate = forms.DecimalField(
        label=_("For one euro"),
        required=False,
        min_value=0,
        max_digits=17,
        decimal_places=8,
        widget=forms.TextInput,
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        single = [data.get(name) for name in ("day", "currency", "rate")]
        if not data.get("file") and not self.errors and not all(single):
            raise ValidationError(gettext("Choose a file, or give a day, a currency and its rate."))
        return data

    def rates(self) -> list[Rate]:
        """Raises ValidationError for a file that holds none."""
        data = self.cleaned_data
        if data.get("file"):
            return read(data["file"].read())
        return [Rate(data["day"], data["currency"], data["rate"])]

    def refuse(self, error: ValidationError) -> None:
        problems = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, messages in problems.items():
            self.add_error(name if name in self.fields else None, messages)
