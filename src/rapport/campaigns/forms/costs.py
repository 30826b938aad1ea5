"""The form of costs: one, or a file of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.campaigns.services.costs import Given, read
from rapport.core.forms.fields import BoundedFileField, CurrencyField, needed

CHANNELS = (
    ("email", _("Email")), ("sms", _("SMS")), ("push", _("Push")), ("paid_search", _("Paid search")),
    ("paid_social", _("Paid social")), ("social", _("Social")), ("display", _("Display")),
    ("affiliate", _("Affiliates")), ("referral", _("Referrals")), ("offline", _("Offline")),
    ("other", _("Other sources")),
)  # fmt: skip
MOST_FILE = 5 * 1024**2


class CostForm(forms.Form):
    first = needed(
        forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    )
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    channel = needed(forms.ChoiceField(label=_("Channel"), required=False))
    campaign = forms.CharField(
        label=_("Campaign"),
        required=False,
        max_length=200,
        help_text=_(
            "As in utm_campaign, or the name of a campaign sent from here; empty for the channel as a whole."
        ),
    )
    amount = needed(
        forms.DecimalField(label=_("Amount"), required=False, min_value=0, max_digits=19, decimal_places=4)
    )
    currency = needed(CurrencyField(label=_("Currency"), required=False))
    file = BoundedFileField(
        most_bytes=MOST_FILE,
        label=_("Or a file"),
        required=False,
        help_text=_("CSV with day (or from and to), channel, campaign, amount and currency."),
    )

    def __init__(self, *args: Any, channels: Iterable[str] = (), **options: Any) -> None:
        """`channels` are those that have costs already, besides the usual ones."""
        super().__init__(*args, **options)
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)
        more = [(name, name) for name in sorted(set(channels) - dict(CHANNELS).keys())]
        field.choices = [("", _("Choose")), *CHANNELS, *more]

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
