"""Forms of webhook endpoints: shape and words only; rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm


class EndpointForm(RevisedForm):
    """Where messages go, and about which events."""

    name = NameField(label=_("Name"), max_length=120)
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("On the public internet; redirects are not followed."),
    )
    events = forms.CharField(
        label=_("Events"),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_(
            "One a line. With * at the end, all that begin like it: Message * stands for all events of messages."
        ),
    )

    def clean_events(self) -> list[str]:
        lines: list[str] = self.cleaned_data["events"].splitlines()
        return [line.strip() for line in lines if line.strip()]

    def add_problems(self, error: ValidationError) -> None:
        for name, words in error.message_dict.items():
            self.add_error(name if name in self.fields else None, words)


class SecretForm(forms.Form):
    """How long the secret that is replaced signs on."""

    overlap_hours = forms.IntegerField(
        label=_("Hours for which both sign"),
        min_value=0,
        max_value=168,
        initial=24,
        help_text=_("Put the new secret into the receiver in that time. 0: the former one ends now."),
    )


class ReplayForm(forms.Form):
    """A span of time whose events are sent again."""

    since = forms.DateTimeField(label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    until = forms.DateTimeField(label=_("To"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    only_failed = forms.BooleanField(label=_("Only what was given up"), required=False)

    def add_problems(self, error: ValidationError) -> None:
        problems: dict[str, Any] = (
            error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        )
        for name, words in problems.items():
            self.add_error(name if name in self.fields else None, words)
