"""Form fields of settings that a registered kind names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.setting_fields import SettingField


def setting_field(setting: SettingField, stored: Mapping[str, Any]) -> forms.Field:
    """The field of a form; of a secret that is kept, nothing is shown."""
    kept = setting.kind == "secret" and bool(stored.get(setting.key))
    is_required = setting.required and setting.kind != "switch" and not kept
    options: dict[str, Any] = {"label": setting.label, "required": is_required, "help_text": setting.help}
    if setting.kind == "switch":
        return forms.BooleanField(**options, initial=bool(stored.get(setting.key, setting.default)))
    if setting.kind == "choice":
        return forms.ChoiceField(
            **options, choices=setting.choices, initial=stored.get(setting.key, setting.default)
        )
    if setting.kind == "secret":
        hint = {"placeholder": _("kept; enter a new one to replace it")} if kept else {}
        widget: forms.Widget = forms.PasswordInput(attrs={**hint, "autocomplete": "off"})
        return forms.CharField(**options, strip=False, widget=widget)
    widget = forms.Textarea(attrs={"rows": 5}) if setting.kind == "text" else forms.TextInput()
    initial = stored.get(setting.key, setting.default)
    return forms.CharField(**options, initial=initial, widget=widget)
