"""Forms of templates: shape and words only; rules are the services'."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class NewTemplateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)


class TestForm(forms.Form):
    address = forms.EmailField(label=_("Send a test to"), max_length=254)
