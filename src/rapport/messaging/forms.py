"""Forms of sending: shape and words only; rules are the services'."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.revisions import RevisedForm


class PolicyForm(RevisedForm):
    """Quiet hours, frequency cap, lateness."""

    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("In the recipient's own time zone. Messages due in quiet hours wait until they end."),
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    cap_messages = forms.IntegerField(
        label=_("Maximum number of messages"),
        required=False,
        min_value=1,
        help_text=_("Per person, over everything that is marketing. Empty means no cap."),
    )
    cap_days = forms.IntegerField(label=_("Within this number of days"), min_value=1, max_value=365)
    lateness_hours = forms.IntegerField(
        label=_("Expires after this number of hours"),
        min_value=1,
        max_value=720,
        help_text=_("Messages not sent by then are never sent, also after a backup is restored."),
    )
