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


LARGEST_FILE = 1024 * 1024


class NewJourneyForm(forms.Form):
    """A name and an empty journey, or a file that one was downloaded as."""

    name = NameField(label=_("Name"), max_length=120, required=False)
    file = forms.FileField(
        label=_("From a file"), required=False, help_text=_("A journey that was downloaded as a file.")
    )

    def clean_file(self) -> dict[str, Any] | None:
        given = self.cleaned_data.get("file")
        if not given:
            return None
        if given.size > LARGEST_FILE:
            raise ValidationError(gettext("The file is too large."))
        try:
            read = json.loads(given.read())
        except (ValueError, RecursionError) as error:
            raise ValidationError(gettext("This is no journey that was downloaded.")) from error
        if not isinstance(read, dict) or not isinstance(read.get("definition"), dict):
            raise ValidationError(gettext("This is no journey that was downloaded."))
        return read

    def clean(self) -> dict[str, Any]:
        """{"name", "definition"}"""
        given = super().clean() or {}
        file = given.get("file") or {}
        name = given.get("name") or str(file.get("name", ""))[:120]
        if not name and not self.errors:
            self.add_error("name", gettext("Give the journey a name."))
        return {"name": name, "definition": file.get("definition")}


class JourneyForm(forms.Form):
    """The draft. `revision` is that which the writer saw."""

    name = NameField(label=_("Name"), max_length=120)
    definition = DefinitionField(
        label=_("Definition"),
        help_text=_("Steps, conditions and triggers as JSON; see the guide to journeys."),
    )
    quiet_days = forms.IntegerField(
        label=_("Warn when nobody enters for so many days"),
        min_value=0,
        max_value=365,
        help_text=_("On Home; 0 is never."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)
