"""The form of a bulk change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.people.registry import BulkKind


class KindChoice(forms.Form):
    """What a kind of a higher app acts on: one of what there is, or a new one by its name."""

    key = forms.ChoiceField(required=False)
    new = forms.CharField(max_length=120, required=False)

    def __init__(self, data: Any, *, kind: BulkKind, choices: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["key"].label, self.fields["new"].label = str(kind.asked), str(kind.asked_new)
        self.fields["key"].choices = [("", _("Please choose")), *choices]  # type: ignore[attr-defined]
        if not choices:
            del self.fields["key"]

    def clean(self) -> dict[str, Any]:
        given = {"key": "", "new": "", **self.cleaned_data}
        if bool(given["key"]) == bool(given["new"].strip()):
            raise forms.ValidationError(_("Choose one, or give a new one a name."))
        return given


class CompanyChoice(forms.Form):
    """Which company the chosen people join, and as what."""

    company = forms.UUIDField(
        error_messages={"required": _("Type a name and choose a company from the list.")}
    )
    role = forms.CharField(label=_("Role"), max_length=120, required=False)
