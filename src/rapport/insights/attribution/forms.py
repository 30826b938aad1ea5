"""What is asked of an attribution: the period, among what, by which model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.insights.attribution.conversions import ORDERS
from rapport.insights.attribution.figures import MEASURES, MODEL_LABELS
from rapport.insights.attribution.sharing import WINDOWS, Question

LONGEST = 731


class QuestionForm(forms.Form):
    """Read from the address; what is left out has its default."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))
    by = forms.ChoiceField(
        label=_("Shared among"), choices=[("channel", _("Channels")), ("campaign", _("Campaigns"))]
    )
    measure = forms.ChoiceField(label=_("Measure"), choices=list(MEASURES.items()))
    model = forms.ChoiceField(label=_("Model"), choices=list(MODEL_LABELS.items()))
    window = forms.TypedChoiceField(
        label=_("Days before a conversion"), choices=[(days, days) for days in WINDOWS], coerce=int
    )
    event = forms.CharField(
        label=_("Conversion"),
        max_length=200,
        help_text=_("“Order Completed” counts orders; any other event counts with its value."),
    )

    def __init__(self, given: Mapping[str, Any], today: dt.date) -> None:
        defaults = {
            "first": (today - dt.timedelta(days=89)).isoformat(), "last": today.isoformat(), "by": "channel",
            "measure": "revenue", "model": "linear", "window": "30", "event": ORDERS,
        }  # fmt: skip
        super().__init__({name: given.get(name) or default for name, default in defaults.items()})

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if first and last and not 0 <= (last - first).days < LONGEST:
            self.add_error("last", gettext("Choose a day after the first, two years later at most."))
        return data

    @property
    def question(self) -> Question:
        data = self.cleaned_data
        return Question(data["first"], data["last"], data["by"], data["window"], data["event"])
