"""Forms of webhook sources."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.transfers.feeds.mapping import SINGLE, TABLES
from rapport.transfers.feeds.presets import PRESETS
from rapport.transfers.models import FileFeed, Webhook


class NewWebhookForm(forms.Form):
    """What the source is called and which system sends."""

    name = NameField(label=_("Name"), max_length=120, help_text=_("Such as “Shopify orders”."))
    preset = forms.ChoiceField(
        label=_("System"),
        choices=[(preset.name, preset.title) for preset in PRESETS.values()],
        initial="generic",
        help_text=_("Provides a mapping to start from; everything in it can be changed."),
    )


class SecurityForm(RevisedForm):
    """How deliveries prove themselves, and how many may come."""

    signing = forms.ChoiceField(label=_("Signature"), choices=Webhook.Signing.choices)
    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("From the sending system. Empty keeps the present one."),
    )
    header = forms.CharField(
        label=_("Header"),
        max_length=100,
        required=False,
        help_text=_("The header with the HMAC-SHA256 signature."),
    )
    prefix = forms.CharField(  # type: ignore[assignment] # a field; the form itself has no prefix
        label=_("Prefix"),
        max_length=40,
        required=False,
        help_text=_("Before the signature, such as sha256=."),
    )
    tolerance_seconds = forms.IntegerField(
        label=_("Replay window, seconds"), help_text=_("Signed deliveries older than this are refused.")
    )
    per_minute = forms.IntegerField(label=_("Deliveries a minute at most"))

    @classmethod
    def initial_of(cls, webhook: Webhook) -> dict[str, Any]:
        return {name: getattr(webhook, name) for name in cls.base_fields if name != "secret"}


def _line(label: Any, hint: Any = "") -> forms.CharField:
    widget = forms.TextInput(
        attrs={"list": "paths", "class": "mono", "autocomplete": "off", "spellcheck": "false"}
    )
    return forms.CharField(label=label, required=False, max_length=2000, help_text=hint, widget=widget)


def _lines(label: Any, hint: Any, rows: int) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "mono", "spellcheck": "false"})
    return forms.CharField(label=label, required=False, max_length=40_000, help_text=hint, widget=widget)


class MappingForm(RevisedForm):
    """A mapping, one field a line; tables as `name: expression` lines."""

    unrevised = ("sample",)

    event = _line(_("Event name"), _("A path, or a name in quotes: 'Order Completed'."))
    type = _line(_("Call"), _("'track', 'identify', 'group' or 'page'."))
    when = _lines(_("Only when"), _("One condition a line: type = order.paid"), 2)
    for_each = _line(
        _("One event for each item of"), _("The path of a list; empty makes one event of a payload.")
    )
    user_id = _line(_("User id"))
    email = _line(_("Email"))
    phone = _line(_("Phone"))
    anonymous_id = _line(_("Anonymous id"))
    external_ids = _lines(_("Ids in other systems"), _("shopify: customer.id"), 2)
    timestamp = _line(_("When it happened"), _("created_at | date('%d/%m/%Y %H:%M', 'Europe/London')"))
    message_id = _line(
        _("Message id"), _("The same id twice is one event. Empty: the payload's own content.")
    )
    group_id = _line(_("Company id"), _("For group calls."))
    properties = _lines(_("Properties"), _("total: amount | minor(currency)"), 8)
    traits = _lines(_("Traits of the person"), _("first_name: customer.first_name"), 3)
    sample = _lines(
        _("Sample"), _("What the system sends. The mapping is tried on it before it can be saved."), 14
    )

    @classmethod
    def initial_of(cls, mapping: dict[str, Any], sample: str) -> dict[str, Any]:
        initial: dict[str, Any] = {name: mapping.get(name, "") for name in (*SINGLE, "for_each")}
        for name in TABLES:
            initial[name] = "\n".join(f"{key}: {rule}" for key, rule in (mapping.get(name) or {}).items())
        return initial | {"when": "\n".join(mapping.get("when") or []), "sample": sample}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in TABLES:
            for line in str(data.get(name) or "").splitlines():
                if line.strip() and not line.partition(":")[2].strip():
                    self.add_error(name, _("Write each line as name: path"))
                    break
        return data

    def mapping(self) -> dict[str, Any]:
        """As JSON, without what is empty."""
        data = self.cleaned_data
        written: dict[str, Any] = {
            name: data[name].strip() for name in (*SINGLE, "for_each") if data.get(name)
        }
        if when := [line.strip() for line in data.get("when", "").splitlines() if line.strip()]:
            written["when"] = when
        for name in TABLES:
            lines = [line.partition(":") for line in data.get(name, "").splitlines() if line.strip()]
            if lines:
                written[name] = {key.strip(): rule.strip() for key, _sign, rule in lines}
        return written

    def add_troubles(self, error: ValidationError) -> None:
        """Puts each trouble beside the field it is about: `properties.total` beside the properties."""
        for name, messages in error.message_dict.items():
            table, _sign, key = name.partition(".")
            for message in messages:
                shown = f"{key}: {message}" if key else message
                self.add_error(table if table in self.fields else None, shown)


class FileFeedForm(forms.Form):
    """Where files come from, how often, and which rows belong together."""

    name = NameField(label=_("Name"), max_length=120, help_text=_("Such as “Till in the High Street”."))
    place = forms.ChoiceField(label=_("Where files come from"), choices=FileFeed.Place.choices)
    address = forms.CharField(
        label=_("Folder or web address"),
        max_length=1000,
        required=False,
        help_text=_("A folder's name below the server's inbox, or https://…"),
    )
    every_minutes = forms.IntegerField(label=_("Check every … minutes"), required=False, min_value=1)
    daily_at = forms.TimeField(
        label=_("Or daily at"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    group_by = forms.CharField(
        label=_("One event per value of"),
        max_length=200,
        required=False,
        help_text=_(
            "A column, such as the order's number: its rows are then in “lines”. Empty: one event a row."
        ),
    )


class UploadForm(forms.Form):
    """A file to be read."""

    file = forms.FileField(label=_("File"), help_text=_("CSV, XLSX or Parquet."))
