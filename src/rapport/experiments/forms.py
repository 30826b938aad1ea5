"""Forms of experiments: shape and words only; rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.experiments.models import Experiment
from rapport.experiments.services.experiments import Plan, Way
from rapport.experiments.services.holdouts import LARGEST

# Subjects and senders belong to a campaign, on whose page they are tested.
ABOUT = [
    (key, label)
    for key, label in Experiment.About.choices
    if key not in {Experiment.About.SUBJECT, Experiment.About.SENDER}
]


class WaysField(forms.CharField):
    """One variant a line, with its share at the end: “Short subject 50”."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list[Way]:
        ways = []
        for line in filter(None, (line.strip() for line in str(value or "").splitlines())):
            name, _space, share = line.rpartition(" ")
            if not name or not share.isdecimal():
                raise ValidationError(gettext("“%(line)s” does not end with a share.") % {"line": line[:60]})
            ways.append(Way(name.strip(), int(share[:9])))
        return ways


def _percent(label: Any, initial: float, help_text: Any = "", **limits: Any) -> forms.FloatField:
    return forms.FloatField(label=label, initial=initial, help_text=help_text, **limits)


class ExperimentForm(forms.Form):
    """What is varied, by what it is judged, and what is expected."""

    name = NameField(label=_("Name"), max_length=120)
    key = forms.CharField(
        label=_("Key"), max_length=40, help_text=_("Its name for programs, such as spring-subject.")
    )
    about = forms.ChoiceField(label=_("What is varied"), choices=ABOUT)
    variants = WaysField(
        label=_("Variants"),
        initial="A 50\nB 50",
        help_text=_("One a line, with its share at the end. The first is what the others are compared with."),
    )
    holdout = forms.IntegerField(
        label=_("Holdout"), min_value=0, max_value=1_000, initial=0,
        help_text=_("The share that gets none of them, so that the effect of all shows."),
    )  # fmt: skip
    event = forms.CharField(label=_("Judged by the event"), max_length=200, initial="Order Completed")
    value_property = forms.CharField(
        label=_("Sum of the property"), max_length=64, required=False,
        help_text=_("Such as total, to compare revenue. Empty: how many did it at all."),
    )  # fmt: skip
    window_days = forms.IntegerField(label=_("Within days"), min_value=1, max_value=365, initial=7)
    base = _percent(
        _("Expected without a change"),
        5.0,
        _("Percent who do it or, of a property, its mean per person."),
        min_value=0,
    )
    deviation = forms.FloatField(
        label=_("Standard deviation"), required=False, min_value=0,
        help_text=_("Only of a property: how much it differs from person to person."),
    )  # fmt: skip
    effect = _percent(
        _("Smallest effect that matters, in percent"), 10.0, _("10: from 5 % to 5.5 %."), min_value=0.1
    )
    alpha = _percent(_("Risk of a false winner, in percent"), 5.0, min_value=0.01, max_value=49)
    decision = forms.ChoiceField(label=_("Decided"), choices=Experiment.Decision.choices)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        given = dict(self.cleaned_data)
        deviation, held_back = given.pop("deviation") or 0.0, given.pop("holdout")
        base, effect, alpha = given.pop("base"), given.pop("effect"), given.pop("alpha")
        by_value = bool(given["value_property"])
        ways = given.pop("variants")
        if held_back:
            ways = [*ways, Way(gettext("Holdout"), held_back, is_holdout=True)]
        plan = Plan(
            base if by_value else base / 100, effect / 100, alpha / 100, deviation if by_value else 0.0
        )
        return given | {"ways": ways, "plan": plan}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("value_property") and not given.get("deviation"):
            self.add_error("deviation", _("A property needs it, to say how many persons are needed."))
        return given


class HoldoutForm(forms.Form):
    """The share of everybody who get no marketing."""

    percent = forms.FloatField(
        label=_("Percent of everybody"), min_value=0, max_value=LARGEST,
        help_text=_("They get no marketing at all. 0: nobody is held back. 5 is usual."),
    )  # fmt: skip
    anew = forms.BooleanField(
        label=_("Draw everybody again"), required=False,
        help_text=_("Otherwise whoever is in it stays while the share grows."),
    )  # fmt: skip
