"""Forms of sending: shape and words only; rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rapport.channels.registry import CHANNELS
from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.governance.models import MARKETING, Purpose
from rapport.messaging.models import AtLimit, Mailbox
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


def _secret(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=help_text,
    )


class MailboxForm(RevisedForm):
    """Where a mailbox is, and what is done with its mails. Rules are the service's."""

    name = NameField(label=_("Name"), max_length=120, required=False)
    host = forms.CharField(
        label=_("IMAP server"), max_length=253, help_text=_("For example imap.example.com")
    )
    security = forms.ChoiceField(label=_("Encryption"), choices=Mailbox.Security.choices)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    username = forms.CharField(label=_("User name"), max_length=254)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted. Many providers want a password made for this program."),
    )
    token_url = forms.CharField(
        label=_("Token address (OAuth 2)"),
        max_length=500,
        required=False,
        help_text=_(
            "Instead of a password. Google: https://oauth2.googleapis.com/token, Microsoft:"
            " https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
        ),
    )
    client_id = forms.CharField(label=_("Client id"), max_length=254, required=False)
    client_secret = _secret(_("Client secret"))
    refresh_token = _secret(
        _("Refresh token"),
        _("Empty where the program signs in by its own id and secret (Microsoft: client credentials)."),
    )
    folder = forms.CharField(label=_("Folder"), max_length=254, initial="INBOX")
    takes = forms.ChoiceField(
        label=_("What is taken"),
        choices=Mailbox.Takes.choices,
        help_text=_("Mails of persons are kept as messages and stand in their timeline."),
    )
    after = forms.ChoiceField(label=_("When a mail was read"), choices=Mailbox.After.choices)
    move_to = forms.CharField(label=_("Move to folder"), max_length=254, required=False)
    unsubscribe_address = forms.EmailField(
        label=_("Address for unsubscribing"),
        max_length=254,
        required=False,
        help_text=_("Mail to it must arrive in this folder. Newsletters then offer it beside their link."),
    )

    def __init__(self, *args: Any, has_password: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if has_password:
            self.fields["password"].widget.attrs["placeholder"] = _("kept; enter a new one to replace it")

    def add_problems(self, error: ValidationError) -> None:
        """Puts what the service refused beside the fields it is about."""
        problems = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, messages in problems.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)
