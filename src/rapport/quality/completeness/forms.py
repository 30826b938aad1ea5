"""What counts in data quality, as a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.revisions import RevisedForm
from rapport.people.queries import traits as trait_queries
from rapport.people.values import schema
from rapport.people.values.formatting import label_of_key
from rapport.quality.completeness.measures import DIMENSIONS
from rapport.quality.models import QualityPolicy


class PolicyForm(RevisedForm):
    """Traits as check boxes, a weight per dimension."""

    traits = forms.MultipleChoiceField(
        label=_("Expected traits"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Completeness is measured by these. Define more under Settings, Traits."),
    )

    def __init__(self, *args: Any, policy: QualityPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        definitions = {
            definition.key: definition.label for definition in trait_queries.definitions(schema.PERSON)
        }
        names = definitions | {key: label_of_key(key) for key in policy.traits if key not in definitions}
        field = self.fields["traits"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(names.items())
        field.initial = policy.traits
        for key, label in DIMENSIONS.items():
            self.fields[f"weight_{key}"] = forms.IntegerField(
                label=_("Weight: %(dimension)s") % {"dimension": label},
                min_value=0,
                max_value=100,
                initial=policy.weights.get(key, 0),
            )

    def values(self) -> dict[str, Any]:
        """{"traits", "weights"} as the service wants them."""
        weights = {key: self.cleaned_data[f"weight_{key}"] for key in DIMENSIONS}
        return {"traits": self.cleaned_data["traits"], "weights": weights}
