"""Forms of templates: shape and words only; rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.content.models import Template
from rapport.content.services import templates
from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm


class NewTemplateForm(forms.Form):
    name = NameField(label=_("Name"), max_length=120)


class DraftForm(RevisedForm):
    """The draft as the editor posts it, compared as it is stored."""

    name = NameField(label=_("Name"), required=False)
    subject = forms.CharField(label=_("Subject"), required=False)
    preheader = forms.CharField(label=_("Preheader"), required=False)
    mjml = forms.CharField(label=_("The message"), required=False, strip=False)
    text = forms.CharField(label=_("Plain text"), required=False, strip=False)

    def __init__(self, posted: Any, template: Template) -> None:
        stored = {name: getattr(template, name) for name in templates.FIELDS}
        super().__init__(posted, initial=stored)

    def clean(self) -> dict[str, Any]:
        self.cleaned_data = templates.tidied(self.cleaned_data)
        return super().clean()


class TestForm(forms.Form):
    address = forms.EmailField(label=_("Send a test to"), max_length=254)
