"""Forms of connectors, made of the settings that their kind names. Rules are the services'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rapport.connectors.fields import field_label
from rapport.connectors.models import Connector
from rapport.connectors.registry import ConnectorKind, Writing
from rapport.connectors.services.deciding import NEWEST, RULES
from rapport.core.forms.setting_fields import setting_field
from rapport.promotions.models import Promotion
from rapport.segments.models import Segment

PREFIX = "setting_"


class ConnectorForm(forms.Form):
    """The name, how often it is looked at, and the settings of its kind."""

    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("Empty: what the shop calls itself.")
    )
    store = forms.CharField(
        label=pgettext_lazy("shop", "Store"),
        max_length=64,
        required=False,
        help_text=_("What tells its orders and products from another shop's; empty: main for the first."),
    )
    every_minutes = forms.IntegerField(
        label=_("Look for changes every … minutes"),
        initial=15,
        min_value=1,
        max_value=1440,
        help_text=_("Calls from the shop come at once, besides."),
    )

    def __init__(self, *args: Any, kind: ConnectorKind, stored: Mapping[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        for name in ("name", "store") if stored else ("every_minutes",):
            del self.fields[name]
        for setting in kind.fields:
            self.fields[PREFIX + setting.key] = setting_field(setting, stored)

    @property
    def values(self) -> dict[str, Any]:
        """{setting: what was entered}."""
        return {setting.key: self.cleaned_data.get(PREFIX + setting.key, "") for setting in self.kind.fields}

    def add_problems(self, error: ValidationError) -> None:
        """Puts what the service refused beside the fields it is about."""
        problems = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, messages in problems.items():
            at = PREFIX + name if PREFIX + name in self.fields else name if name in self.fields else None
            for message in messages:
                self.add_error(at, message)


def _add_problems(form: forms.Form, error: ValidationError) -> None:
    problems = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
    for name, words in problems.items():
        form.add_error(name if name in form.fields else None, words)


class RecordForm(forms.Form):
    """One record that is read again."""

    resource = forms.ChoiceField(label=_("What"))
    external_id = forms.CharField(label=_("Its id there"), max_length=200)

    def __init__(self, *args: Any, kind: ConnectorKind, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["resource"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(resource.key, resource.label) for resource in kind.resources]
        field.initial = "orders"

    def add_problems(self, error: ValidationError) -> None:
        _add_problems(self, error)


class WritingForm(forms.Form):
    """What is written into a system, and which side wins where both say something else."""

    details = forms.BooleanField(label=_("Customer data"), required=False)
    consent = forms.BooleanField(
        label=_("Consent to marketing"), required=False, help_text=_("Both ways; an opt-out always wins.")
    )
    notes = forms.BooleanField(
        label=_("Notes on orders"), required=False,
        help_text=_("They are written on the customer's page here, under “In connected shops”."),
    )  # fmt: skip
    tags = forms.MultipleChoiceField(
        label=_("Segments as tags"), required=False,
        help_text=_("Who is in one of these has the tag rapport-… there. Tags of the shop's own are left alone."),
    )  # fmt: skip
    coupons = forms.MultipleChoiceField(
        label=_("Codes of promotions"), required=False,
        help_text=_("Codes that somebody was given, and shared ones, become discounts of the shop."),
    )  # fmt: skip

    def __init__(self, *args: Any, writing: Writing, stored: Connector, **options: Any) -> None:
        super().__init__(*args, **options)
        self.writing = writing
        segments = Segment.objects.filter(archived_at=None).order_by("name").values_list("key", "name")
        chosen = stored.writes.get("coupons") or ()  # one that was stopped stays chosen
        usable = Promotion.objects.filter(Q(state=Promotion.State.ACTIVE) | Q(key__in=chosen))
        promotions = usable.order_by("name").values_list("key", "name")
        can = {
            "details": writing.traits, "consent": writing.channels, "notes": writing.note,
            "tags": writing.tags, "coupons": writing.coupon,
        }  # fmt: skip
        for name, choices in (("tags", segments), ("coupons", promotions)):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = list(choices) if can[name] else []
        for name, able in can.items():
            field = self.fields[name]
            field.initial = stored.writes.get(name)
            if not able or (isinstance(field, forms.MultipleChoiceField) and not field.choices):
                del self.fields[name]
        for name in writing.traits:
            self.fields[f"rule_{name}"] = forms.ChoiceField(
                label=gettext("If both say something else: %(field)s") % {"field": field_label(name)},
                choices=list(RULES.items()), initial=stored.rules.get(name, NEWEST), required=False,
            )  # fmt: skip

    @property
    def rules(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(f"rule_{name}") or NEWEST for name in self.writing.traits}

    def add_problems(self, error: ValidationError) -> None:
        _add_problems(self, error)


class NoteForm(forms.Form):
    """A note on an order."""

    order = forms.CharField(label=_("Order number"), max_length=200)
    text = forms.CharField(label=_("Note"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}))

    def add_problems(self, error: ValidationError) -> None:
        _add_problems(self, error)
