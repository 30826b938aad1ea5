"""Forms of trait definitions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.people.services.definitions import Draft
from rapport.people.values.schema import Definition
from rapport.people.values.types import TraitType

_FLAGS = ("is_required", "is_personal", "is_column", "is_read_only")
_PLAIN = ("label", "kind", "description", "currency", "section", "position", *_FLAGS)


class DefinitionForm(RevisedForm):
    """What a trait is."""

    key = forms.CharField(
        label=_("Key"), max_length=100, help_text=_("The name your systems send, such as favourite_colour.")
    )
    label = NameField(label=_("Label"), max_length=100, help_text=_("Shown to users."))
    kind = forms.ChoiceField(label=_("Type"), choices=TraitType.choices)
    description = forms.CharField(label=_("Description"), max_length=500, required=False)
    options = forms.CharField(
        label=_("Options"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For a choice or a multiple choice: one per line."),
    )
    currency = forms.CharField(
        label=_("Currency"),
        max_length=3,
        required=False,
        help_text=_("For money: three letters, such as GBP."),
    )
    minimum = forms.DecimalField(
        label=_("Minimum"), required=False, help_text=_("For texts and lists: the minimum length.")
    )
    maximum = forms.DecimalField(
        label=_("Maximum"), required=False, help_text=_("For texts and lists: the maximum length.")
    )
    pattern = forms.CharField(
        label=_("Pattern"),
        max_length=200,
        required=False,
        help_text=_("A regular expression that the whole value must match, such as [A-Z]{2}[0-9]+."),
    )
    aliases = forms.CharField(
        label=_("Other spellings"),
        required=False,
        help_text=_("Separated by commas; values sent under these names are stored in this trait."),
    )
    section = forms.CharField(
        label=_("Section"),
        max_length=100,
        required=False,
        help_text=_("The heading on profiles."),
    )
    position = forms.IntegerField(label=_("Order within the section"), required=False, initial=100)
    is_required = forms.BooleanField(
        label=_("Expected of everybody"), required=False, help_text=_("Profiles without it show a reminder.")
    )
    is_personal = forms.BooleanField(
        label=_("Personal data"), required=False, initial=True, help_text=_("It can reveal who a person is.")
    )
    is_column = forms.BooleanField(label=_("Column of the list"), required=False)
    is_read_only = forms.BooleanField(
        label=_("Read-only"), required=False, help_text=_("Only sources and programs can change it.")
    )

    @staticmethod
    def initial_of(definition: Definition) -> dict[str, Any]:
        given = {name: getattr(definition, name) for name in (*_PLAIN, "key")}
        rule = definition.rule
        bounds = {
            name: f"{bound.normalize():f}" if bound is not None else None
            for name, bound in (("minimum", rule.minimum), ("maximum", rule.maximum))
        }
        return (
            given
            | bounds
            | {
                "options": "\n".join(rule.options),
                "pattern": rule.pattern,
                "aliases": ", ".join(definition.aliases),
            }
        )

    def draft(self) -> Draft:
        data = self.cleaned_data
        return Draft(
            **{name: data[name] for name in _PLAIN if name not in {"position", "currency"}},
            position=data["position"] if data["position"] is not None else 100,
            currency=data["currency"].upper(),
            options=tuple(
                dict.fromkeys(line.strip() for line in data["options"].splitlines() if line.strip())
            ),
            aliases=tuple(dict.fromkeys(part.strip() for part in data["aliases"].split(",") if part.strip())),
            minimum=data["minimum"],
            maximum=data["maximum"],
            pattern=data["pattern"],
        )
