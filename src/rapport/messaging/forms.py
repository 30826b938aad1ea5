"""Forms of sending: shape and words only; rules are the services'."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PolicyForm(forms.Form):
    """Quiet hours, frequency cap, lateness."""

    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_(
            "In the recipient's own time zone. What falls into the quiet hours waits until they end."
        ),
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    cap_messages = forms.IntegerField(
        label=_("At most so many messages"),
        required=False,
        min_value=1,
        help_text=_("Per person, over everything that is marketing. Empty means no cap."),
    )
    cap_days = forms.IntegerField(label=_("Within so many days"), min_value=1, max_value=365)
    lateness_hours = forms.IntegerField(
        label=_("Too late after so many hours"),
        min_value=1,
        max_value=720,
        help_text=_("What could not be sent by then is never sent, also after a restored backup."),
    )
