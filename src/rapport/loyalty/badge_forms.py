"""The form of badges."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.revisions import RevisedFormSet
from rapport.loyalty.models import Badge


class BadgeRowForm(forms.Form):
    """A badge; one whose name is emptied is taken away."""

    name = forms.CharField(label=_("Badge"), max_length=60, required=False)
    measure = forms.ChoiceField(label=_("What for"), choices=Badge.Measure.choices, required=False)
    threshold = forms.DecimalField(
        label=_("How much"), min_value=0, max_digits=16, decimal_places=4, required=False
    )
    period = forms.ChoiceField(label=_("When"), choices=Badge.Period.choices, required=False)
    points = forms.IntegerField(label=_("Points for it"), min_value=0, max_value=1_000_000, required=False)

    def clean_points(self) -> int:
        return self.cleaned_data["points"] or 0

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("name") and not values.get("threshold") and "threshold" not in self.errors:
            self.add_error("threshold", _("How much does it take?"))
        return values


BadgeRows = forms.formset_factory(BadgeRowForm, formset=RevisedFormSet, extra=2, max_num=30)
