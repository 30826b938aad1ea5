"""Forms of sending: shape and words only; rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.channels.registry import CHANNELS
from rapport.core.forms.revisions import RevisedForm
from rapport.governance.models import MARKETING, Purpose
from rapport.messaging.models import AtLimit
from rapport.messaging.registry import GATE_FACTS


class PolicyForm(RevisedForm):
    """Quiet hours, legal hours, spacing, lateness."""

    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("In the recipient's own time zone. Messages due in quiet hours wait until they end."),
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    legal_hours = forms.BooleanField(
        label=_("Keep to the hours of the recipient's country for texts and calls"), required=False
    )
    spacing_hours = forms.IntegerField(
        label=_("Hours between two messages"),
        min_value=0,
        max_value=720,
        help_text=_(
            "Of several due within that time the one of the highest priority goes first. 0: no such rule."
        ),
    )
    lateness_hours = forms.IntegerField(
        label=_("Expires after this number of hours"),
        min_value=1,
        max_value=720,
        help_text=_("Messages not sent by then are never sent, also after a backup is restored."),
    )


class CapForm(forms.Form):
    """A frequency cap."""

    messages = forms.IntegerField(label=_("Maximum number of messages"), min_value=1, max_value=1000)
    hours = forms.IntegerField(label=_("Within this number of hours"), min_value=1, max_value=24 * 366)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    purpose = forms.ModelChoiceField(
        Purpose.objects.none(), label=_("Purpose"), required=False, empty_label=_("All marketing")
    )
    at_limit = forms.ChoiceField(label=_("What is more"), choices=AtLimit.choices)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        channel, purpose = self.fields["channel"], self.fields["purpose"]
        assert isinstance(channel, forms.ChoiceField)
        assert isinstance(purpose, forms.ModelChoiceField)
        channel.choices = [("", _("All channels")), *((kind.key, kind.label) for kind in CHANNELS)]
        purpose.queryset = Purpose.objects.filter(basis__in=MARKETING, archived_at=None).order_by("position")


class RuleForm(forms.Form):
    """A fact that stops marketing; its value is "fact" or "fact:argument"."""

    fact = forms.ChoiceField(label=_("No marketing while"))
    at_limit = forms.ChoiceField(label=_("The message"), choices=AtLimit.choices, initial=AtLimit.WAIT)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["fact"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (f"{fact.name}:{argument}", f"{fact.label}: {label}" if label else str(fact.label))
            for fact in GATE_FACTS
            for argument, label in (fact.choices() if fact.choices else [("", "")])
        ]

    @property
    def named(self) -> tuple[str, str]:
        """(fact, argument)."""
        fact, _colon, argument = self.cleaned_data["fact"].partition(":")
        return fact, argument
