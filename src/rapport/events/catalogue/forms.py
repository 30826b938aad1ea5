"""Forms of the event catalogue."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.core.models import User
from rapport.events.catalogue.schemas import TYPES, PropertyRow
from rapport.events.models import EventType


class DeclareForm(forms.Form):
    """A name for the plan."""

    name = NameField(label=_("Name"), max_length=200, help_text=_("Exactly as your sources send it."))
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    category = forms.CharField(label=_("Category"), required=False, max_length=60)


class DescribeForm(RevisedForm):
    """What an event means and who answers for it."""

    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    category = forms.CharField(label=_("Category"), required=False, max_length=60)
    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("email"), label=_("Owner"), required=False
    )
    state = forms.ChoiceField(label=_("State"), choices=EventType.State.choices)


class RenameForm(forms.Form):
    """Under which name the event is kept from now on."""

    to = forms.CharField(label=_("Keep as"), max_length=200)


class RawForm(RevisedForm):
    """A schema as text, and what happens to what violates it."""

    raw = forms.CharField(
        label=_("JSON Schema"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 22, "class": "mono", "spellcheck": "false"}),
        help_text=_("JSON Schema 2020-12 of the event's properties. Empty means no schema."),
    )
    mode = forms.ChoiceField(label=_("Violating events"), choices=EventType.Mode.choices)

    def clean_raw(self) -> Any:
        text = self.cleaned_data["raw"].strip()
        try:
            return json.loads(text) if text else None
        except ValueError as error:
            raise ValidationError(_("This is no JSON: %(why)s") % {"why": error}) from error


class PlanForm(forms.Form):
    """A plan as a file."""

    file = forms.FileField(
        label=_("File"), help_text=_("A tracking plan as JSON (Segment Protocols) or as CSV, up to 5 MB.")
    )


def rows_of(data: QueryDict) -> list[PropertyRow]:
    """The rows of the schema's form; those without a name are left out. Raises ValidationError."""
    rows: dict[str, PropertyRow] = {}
    for at, typed in enumerate(data.getlist("name")):
        name = typed.strip()
        if not name:
            continue
        if name in rows:
            raise ValidationError(_("“%(name)s” appears twice.") % {"name": name})
        kind = _at(data, "type", at)
        if kind and kind not in TYPES:
            raise ValidationError(_("Choose one of the types for “%(name)s”.") % {"name": name})
        allowed = tuple(value.strip() for value in _at(data, "values", at).split(",") if value.strip())
        pattern, description = _at(data, "pattern", at), _at(data, "description", at)
        rows[name] = PropertyRow(
            name[:200], kind, _at(data, "required", at) == "yes", allowed, pattern, description
        )
    return list(rows.values())


def _at(data: QueryDict, name: str, at: int) -> str:
    values = data.getlist(name)
    return str(values[at]).strip() if at < len(values) else ""
