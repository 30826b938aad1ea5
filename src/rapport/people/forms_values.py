"""The form of one value, with the input that fits its trait's type."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.ui import formats
from rapport.people import known
from rapport.people.facts import typed
from rapport.people.kinds import Kind, Unfit, coerced

_INPUTS = {
    Kind.NUMBER: {"inputmode": "decimal"},
    Kind.WHOLE: {"inputmode": "numeric"},
    Kind.MONEY: {"inputmode": "decimal"},
    Kind.DATE: {"type": "date"},
    Kind.EMAIL: {"type": "email", "autocomplete": "off"},
    Kind.PHONE: {"type": "tel", "autocomplete": "off"},
    Kind.URL: {"inputmode": "url"},
    Kind.MOMENT: {"placeholder": "2026-01-31T10:00Z"},
}


class ValueForm(forms.Form):
    """One trait of a person or company. An empty value removes it."""

    name = forms.CharField(label=gettext_lazy("Trait"), max_length=100)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        definition: known.Definition | None = None,
        before: Any = None,
        name: str = "",
    ) -> None:
        initial = {"name": name, "value": _initial(before, definition)}
        super().__init__(data, initial=initial)
        self.definition, self.before = definition, before
        self.fields["value"] = _field(definition, before)
        self.fields["value"].label = str(definition.label) if definition else _("Value")

    def values(self) -> dict[str, Any]:
        """What to set; None removes. Raises ValidationError with what would fit."""
        raw = self.cleaned_data["value"]
        name = self.cleaned_data["name"].strip()
        if raw in ("", None, []):
            return {name: None}
        if self.definition is None:
            return {name: typed(raw, self.before)}
        if self.definition.kind == Kind.JSON:
            try:
                raw = json.loads(raw)
            except ValueError:
                raw = typed(raw, "")
        try:
            return {self.definition.key: coerced(raw, self.definition.rule)}
        except Unfit as error:
            raise ValidationError(
                _("“%(value)s” does not fit. %(what)s") % {"value": raw, "what": error}
            ) from error


def _initial(value: Any, definition: known.Definition | None) -> Any:
    kind = definition.kind if definition else ""
    if kind == Kind.CHOICES:
        return value or []
    if kind == Kind.LIST and isinstance(value, list):
        return ", ".join(str(part) for part in value)
    if kind == Kind.YES_NO and isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _field(definition: known.Definition | None, before: Any) -> forms.Field:
    kind = definition.kind if definition else ""
    if definition is None or kind not in Kind.values:
        return forms.CharField(max_length=2000, required=False)
    empty = [("", "–")]
    if kind == Kind.YES_NO:
        return forms.ChoiceField(choices=[*empty, ("yes", _("yes")), ("no", _("no"))], required=False)
    if kind == Kind.CHOICE:
        return forms.ChoiceField(choices=[*empty, *_pairs(definition, before)], required=False)
    if kind == Kind.CHOICES:
        widget = forms.CheckboxSelectMultiple
        return forms.MultipleChoiceField(choices=_pairs(definition, None), required=False, widget=widget)
    if kind == Kind.COUNTRY:
        return forms.ChoiceField(choices=[*empty, *_countries()], required=False)
    if kind in {Kind.LONG, Kind.JSON}:
        return forms.CharField(max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    return forms.CharField(
        max_length=2000, required=False, widget=forms.TextInput(attrs=_INPUTS.get(Kind(kind), {}))
    )


def _pairs(definition: known.Definition, before: Any) -> list[tuple[str, str]]:
    """The options, and what stands there now although it is none of them any more."""
    pairs = [(option, option) for option in definition.options]
    if isinstance(before, str) and before and before not in definition.options:
        pairs.append((before, before))
    return pairs


def _countries() -> list[tuple[str, str]]:
    names = formats.locale().territories
    pairs = [(code, str(name)) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return sorted(pairs, key=lambda pair: pair[1])
