"""The shop's forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.demo.models import ShopOrderLine


class SignUpForm(forms.Form):
    name = NameField(label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    password = forms.CharField(
        label=_("Password"),
        min_length=8,
        max_length=128,
        help_text=_("At least 8 characters."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    newsletter = forms.BooleanField(label=_("News and offers by email"), required=False)


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class CheckoutForm(forms.Form):
    name = NameField(label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.Textarea({"rows": 3, "autocomplete": "street-address"}),
    )


class ReturnForm(forms.Form):
    """How many of each line come back, in fields named after the lines, and why."""

    reason = forms.CharField(
        label=_("Why do you send it back?"),
        max_length=200,
        required=False,
        help_text=_("You need not say."),
    )

    def __init__(self, *args: Any, lines: list[tuple[ShopOrderLine, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line, left in lines:
            if left:
                field = forms.IntegerField(label=line.name, min_value=0, max_value=left, initial=0)
                field.widget.attrs["inputmode"] = "numeric"
                self.fields[f"line_{line.pk}"] = field
        self.order_fields([name for name in self.fields if name != "reason"])

    @property
    def quantities(self) -> dict[int, int]:
        """{line: how many}, once the form is valid."""
        return {
            int(name.removeprefix("line_")): quantity
            for name, quantity in self.cleaned_data.items()
            if name.startswith("line_")
        }


class GiftForm(forms.Form):
    """A gift card for a friend, or for oneself."""

    amount = forms.ChoiceField(
        label=_("Amount"), choices=[(str(sum_), f"£{sum_}") for sum_ in (10, 25, 50, 100)]
    )
    recipient_name = forms.CharField(label=_("For whom"), max_length=120, required=False)
    recipient_email = forms.EmailField(
        label=_("Their email address"),
        max_length=254,
        required=False,
        help_text=_("Empty: it is sent to you."),
    )
    greeting = forms.CharField(
        label=_("A greeting"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )
    deliver_on = forms.DateField(
        label=_("On which day"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=_("Empty: at once."),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Gift card"),
        max_length=64,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class CouponForm(forms.Form):
    code = forms.CharField(
        label=_("Coupon"),
        max_length=64,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class QuantityForm(forms.Form):
    quantity = forms.IntegerField(label=_("Quantity"), min_value=0, max_value=999)
