"""Forms of connectors, made of the settings that their kind names. Rules are the services'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rapport.connectors.registry import ConnectorKind
from rapport.core.forms.setting_fields import setting_field

PREFIX = "setting_"


class ConnectorForm(forms.Form):
    """The name, how often it is looked at, and the settings of its kind."""

    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("Empty: what the shop calls itself.")
    )
    store = forms.CharField(
        label=_("Store"),
        max_length=64,
        required=False,
        help_text=_("What tells its orders and products from another shop's; empty: main for the first."),
    )
    every_minutes = forms.IntegerField(
        label=_("Look for changes every … minutes"),
        initial=15,
        min_value=1,
        max_value=1440,
        help_text=_("Calls from the shop come at once, besides."),
    )

    def __init__(self, *args: Any, kind: ConnectorKind, stored: Mapping[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        for name in ("name", "store") if stored else ("every_minutes",):
            del self.fields[name]
        for setting in kind.fields:
            self.fields[PREFIX + setting.key] = setting_field(setting, stored)

    @property
    def values(self) -> dict[str, Any]:
        """{setting: what was entered}."""
        return {setting.key: self.cleaned_data.get(PREFIX + setting.key, "") for setting in self.kind.fields}

    def add_problems(self, error: ValidationError) -> None:
        """Puts what the service refused beside the fields it is about."""
        problems = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, messages in problems.items():
            at = PREFIX + name if PREFIX + name in self.fields else name if name in self.fields else None
            for message in messages:
                self.add_error(at, message)


class RecordForm(forms.Form):
    """One record that is read again."""

    resource = forms.ChoiceField(label=_("What"))
    external_id = forms.CharField(label=_("Its id there"), max_length=200)

    def __init__(self, *args: Any, kind: ConnectorKind, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["resource"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(resource.key, resource.label) for resource in kind.resources]
        field.initial = "orders"

    def add_problems(self, error: ValidationError) -> None:
        problems = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, words in problems.items():
            self.add_error(name if name in self.fields else None, words)
