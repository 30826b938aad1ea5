"""Forms of journeys: shape and words only; rules are the services'."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField


class DefinitionField(forms.CharField):
    """A definition as JSON text."""

    widget = forms.Textarea(attrs={"rows": 30, "class": "mono", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValidationError(gettext("This is not JSON: %(why)s") % {"why": error}) from error


class NewJourneyForm(forms.Form):
    name = NameField(label=_("Name"), max_length=120)


class JourneyForm(forms.Form):
    """The draft. `revision` is that which the writer saw."""

    name = NameField(label=_("Name"), max_length=120)
    definition = DefinitionField(
        label=_("Definition"),
        help_text=_("Steps, conditions and triggers as JSON; see the guide to journeys."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)
