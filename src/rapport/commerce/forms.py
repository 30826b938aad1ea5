"""Forms of commerce: shape and words only; rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.commerce.feeds.columns import FIELDS
from rapport.commerce.models import ProductFeed
from rapport.core.forms.fields import NameField


class ProductFeedForm(forms.Form):
    """Where a feed of products comes from, and what is done with what it lacks."""

    name = NameField(label=_("Name"), max_length=120)
    address = forms.URLField(
        label=_("Web address"),
        required=False,
        max_length=1000,
        assume_scheme="https",
        help_text=_("Where the file is fetched from. Leave it empty to upload files by hand."),
    )
    every_minutes = forms.IntegerField(
        label=_("Minutes between two fetches"), required=False, min_value=5, max_value=44_640, initial=60
    )
    full = forms.BooleanField(
        label=_("Each file holds everything that is sold"),
        required=False,
        initial=True,
        help_text=_("Without this, a file only tells what changed, and nothing is missing."),
    )
    missing = forms.ChoiceField(label=_("Products that are missing"), choices=ProductFeed.Missing.choices)
    most_missing = forms.IntegerField(
        label=_("Ask when more than this percentage is missing"), min_value=0, max_value=100, initial=20
    )


class FeedFileForm(forms.Form):
    """A file to be taken."""

    file = forms.FileField(
        label=_("File"), help_text=_("CSV, TSV, XLSX, Parquet, JSON, JSON Lines, or Google Merchant's XML.")
    )


class FeedMappingForm(forms.Form):
    """What each column of a feed means."""

    notation = forms.ChoiceField(
        label=_("Decimals"),
        required=False,
        choices=(("", _("As the file writes them")), ("point", "1,234.50"), ("comma", "1.234,50")),
    )

    def __init__(self, *args: Any, columns: dict[str, str], notation: str = "", **options: Any) -> None:
        options.setdefault("initial", {})["notation"] = notation
        super().__init__(*args, **options)
        self.names = {f"column-{number}": column for number, column in enumerate(columns)}
        for name, column in self.names.items():
            self.fields[name] = forms.ChoiceField(
                label=column[:120], choices=list(FIELDS.items()), initial=columns[column]
            )

    def columns(self) -> dict[str, str]:
        """{column: field} as chosen."""
        return {column: self.cleaned_data[name] for name, column in self.names.items()}


class OrderRulesForm(forms.Form):
    """When a cart is called abandoned, and which sources are shops of their own."""

    tells_abandoned = forms.BooleanField(
        required=False,
        label=_("Report abandoned carts"),
        help_text=_("As the events Cart Abandoned and Checkout Abandoned, once for each content of a cart."),
    )
    cart_minutes = forms.IntegerField(
        min_value=1, max_value=10_080, label=_("Minutes until a cart is abandoned")
    )
    checkout_minutes = forms.IntegerField(
        min_value=1, max_value=10_080, label=_("Minutes until a checkout is abandoned")
    )
    stores = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        label=_("Sources that are shops of their own"),
        help_text=_(
            "One a line: source = shop. Orders of the same number in two shops are two; all other sources are one shop."
        ),
    )

    def clean_stores(self) -> dict[str, str]:
        stores: dict[str, str] = {}
        for line in self.cleaned_data["stores"].splitlines():
            if not line.strip():
                continue
            source, sign, store = line.partition("=")
            if not (sign and source.strip() and store.strip()):
                raise ValidationError(
                    gettext("“%(line)s” has not the form source = shop.") % {"line": line.strip()}
                )
            stores[source.strip()] = store.strip()
        return stores
