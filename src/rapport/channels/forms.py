"""Forms of channel accounts, made of the settings that an adapter names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rapport.channels.models import ChannelAccount
from rapport.channels.networks import Network
from rapport.channels.registry import Adapter
from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.core.forms.setting_fields import setting_field

PREFIX = "setting_"


class AccountForm(RevisedForm):
    """The name, the stream, and the settings of the adapter. Rules are the service's."""

    name = NameField(label=_("Name"), max_length=120)
    stream = forms.ChoiceField(
        label=_("Used for"),
        choices=[
            choice for choice in ChannelAccount.Stream.choices if choice[0] != ChannelAccount.Stream.PUBLIC
        ],
        help_text=_("Marketing and transactional messages may go over accounts of their own."),
    )

    def __init__(
        self, *args: Any, adapter: Adapter | Network, stored: Mapping[str, Any], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.adapter = adapter
        if isinstance(adapter, Network):
            del self.fields["stream"]
        for setting in adapter.fields:
            self.fields[PREFIX + setting.key] = setting_field(setting, stored)

    @property
    def used_for(self) -> str:
        """What it is used for; public posts, if it is an account of a social network."""
        return str(self.cleaned_data.get("stream") or ChannelAccount.Stream.PUBLIC)

    @property
    def settings(self) -> dict[str, Any]:
        """{setting: what was entered}."""
        return {
            setting.key: self.cleaned_data.get(PREFIX + setting.key, "") for setting in self.adapter.fields
        }

    def add_problems(self, error: ValidationError) -> None:
        """Puts what the service refused beside the fields it is about."""
        problems = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, messages in problems.items():
            at = PREFIX + name if PREFIX + name in self.fields else name if name in self.fields else None
            for message in messages:
                self.add_error(at, message)


class TestForm(forms.Form):
    address = forms.CharField(label=_("Send a test to"), max_length=254)

    def __init__(self, *args: Any, of_person: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if of_person:
            self.fields["address"].help_text = _("The email address or user ID of a person on record.")
