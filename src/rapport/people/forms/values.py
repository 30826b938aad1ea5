"""The form of one value, with the input that fits its trait's type."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.forms.fields import NameField
from rapport.core.ui import formats
from rapport.people.values import schema
from rapport.people.values.formatting import parse_text
from rapport.people.values.types import InvalidValue, TraitType, coerce

_INPUTS = {
    TraitType.NUMBER: {"inputmode": "decimal"},
    TraitType.WHOLE: {"inputmode": "numeric"},
    TraitType.MONEY: {"inputmode": "decimal"},
    TraitType.DATE: {"type": "date"},
    TraitType.EMAIL: {"type": "email", "autocomplete": "off"},
    TraitType.PHONE: {"type": "tel", "autocomplete": "off"},
    TraitType.URL: {"inputmode": "url"},
    TraitType.MOMENT: {"placeholder": "2026-01-31T10:00Z"},
}


class ValueForm(forms.Form):
    """One trait of a person or company. An empty value removes it."""

    name = NameField(label=gettext_lazy("Trait"), max_length=100)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        definition: schema.Definition | None = None,
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
            return {name: parse_text(raw, self.before)}
        if self.definition.kind == TraitType.JSON:
            try:
                raw = json.loads(raw)
            except ValueError:
                raw = parse_text(raw, "")
        try:
            return {self.definition.key: coerce(raw, self.definition.rule)}
        except InvalidValue as error:
            raise ValidationError(
                _("“%(value)s” does not fit. %(what)s") % {"value": raw, "what": error}
            ) from error


def _initial(value: Any, definition: schema.Definition | None) -> Any:
    kind = definition.kind if definition else ""
    if kind == TraitType.CHOICES:
        return value or []
    if kind == TraitType.LIST and isinstance(value, list):
        return ", ".join(str(part) for part in value)
    if kind == TraitType.YES_NO and isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _field(definition: schema.Definition | None, before: Any) -> forms.Field:
    kind = definition.kind if definition else ""
    if definition is None or kind not in TraitType.values:
        return forms.CharField(max_length=2000, required=False)
    empty = [("", "–")]
    if kind == TraitType.YES_NO:
        return forms.ChoiceField(choices=[*empty, ("yes", _("yes")), ("no", _("no"))], required=False)
    if kind == TraitType.CHOICE:
        return forms.ChoiceField(choices=[*empty, *_pairs(definition, before)], required=False)
    if kind == TraitType.CHOICES:
        widget = forms.CheckboxSelectMultiple
        return forms.MultipleChoiceField(choices=_pairs(definition, None), required=False, widget=widget)
    if kind == TraitType.COUNTRY:
        return forms.ChoiceField(choices=[*empty, *_countries()], required=False)
    if kind in {TraitType.LONG, TraitType.JSON}:
        return forms.CharField(max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    return forms.CharField(
        max_length=2000, required=False, widget=forms.TextInput(attrs=_INPUTS.get(TraitType(kind), {}))
    )


def _pairs(definition: schema.Definition, before: Any) -> list[tuple[str, str]]:
    """The options, and what stands there now although it is none of them any more."""
    pairs = [(option, option) for option in definition.options]
    if isinstance(before, str) and before and before not in definition.options:
        pairs.append((before, before))
    return pairs


def _countries() -> list[tuple[str, str]]:
    names = formats.locale().territories
    pairs = [(code, str(name)) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return sorted(pairs, key=lambda pair: pair[1])
