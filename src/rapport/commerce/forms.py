"""Forms of commerce."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class OrderRulesForm(forms.Form):
    """When a cart is called abandoned, and which sources are shops of their own."""

    tells_abandoned = forms.BooleanField(
        required=False,
        label=gettext_lazy("Tell of abandoned carts"),
        help_text=gettext_lazy(
            "As the events Cart Abandoned and Checkout Abandoned, once for each content of a cart."
        ),
    )
    cart_minutes = forms.IntegerField(
        min_value=1, max_value=10_080, label=gettext_lazy("A cart is abandoned after so many minutes")
    )
    checkout_minutes = forms.IntegerField(
        min_value=1, max_value=10_080, label=gettext_lazy("A checkout is abandoned after so many minutes")
    )
    stores = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        label=gettext_lazy("Sources that are shops of their own"),
        help_text=gettext_lazy(
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
                    _("“%(line)s” has not the form source = shop.") % {"line": line.strip()}
                )
            stores[source.strip()] = store.strip()
        return stores
