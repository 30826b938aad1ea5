"""The form of a bulk change."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CompanyChoice(forms.Form):
    """Which company the chosen people join, and as what."""

    company = forms.UUIDField(
        error_messages={"required": _("Type a name and choose a company from the list.")}
    )
    role = forms.CharField(label=_("Role"), max_length=120, required=False)
