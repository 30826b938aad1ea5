"""The form behind a member's personal link."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.people.normalise import normalise


class InvitationForm(forms.Form):
    """Who the friend is."""

    email = forms.EmailField(
        label=_("Your email address"),
        max_length=254,
        help_text=_("The one that you order with."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def clean_email(self) -> str:
        if not (email := normalise("email", self.cleaned_data["email"])):
            raise forms.ValidationError(_("Enter a valid email address."))
        return email
