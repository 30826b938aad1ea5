"""Forms about one person's consent and rights."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.forms.fields import NameField
from rapport.governance import queries
from rapport.governance.models import ConsentRecord
from rapport.governance.registry import CONSENT_CHANNELS


class ConsentForm(forms.Form):
    """What somebody said about being written to, and how we know."""

    purpose = forms.ChoiceField(label=_("Purpose"))
    channel = forms.ChoiceField(
        label=_("Channel"), choices=lambda: [(channel.key, channel.label) for channel in CONSENT_CHANNELS]
    )
    state = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("granted", ConsentRecord.State.GRANTED.label),
            ("withdrawn", ConsentRecord.State.WITHDRAWN.label),
            ("pending", _("Ask for confirmation by mail")),
        ],
    )
    note = forms.CharField(
        label=_("Evidence"),
        max_length=500,
        help_text=_("Such as “asked on the phone, 12 May”. It is kept as evidence."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        channel = CONSENT_CHANNELS.get(cleaned.get("channel", ""))
        if cleaned.get("state") == "pending" and channel and channel.identifier != "email":
            self.add_error("channel", _("Only email can be confirmed by mail."))
        return cleaned

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        purposes = queries.purposes(actor)
        self.fields["purpose"].choices = [(purpose.key, purpose.name) for purpose in purposes]  # type: ignore[attr-defined]


class ErasureForm(forms.Form):
    """The name typed to confirm what cannot be undone."""

    name = NameField(label=_("Name"), max_length=254)
