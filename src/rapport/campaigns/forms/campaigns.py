"""Forms of campaigns: shape and words only; rules are the services'."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.campaigns.forms.rules import KindFields, kind_initial
from rapport.campaigns.forms.variants import TestFields
from rapport.campaigns.models import Campaign, CampaignRule
from rapport.campaigns.services.rules import rule_of
from rapport.channels import queries as channels
from rapport.content import queries as content
from rapport.content.models import Template
from rapport.core.access import Actor
from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.governance.models import Purpose
from rapport.governance.registry import default_channel
from rapport.segments.models import Segment

WHEN = (("now", _("Now")), ("later", _("At a time")), *CampaignRule.Kind.choices)


class CampaignForm(KindFields, TestFields, RevisedForm):
    """Whom, what, when."""

    name = NameField(
        label=_("Name"), max_length=120, help_text=_("For your own lists; recipients do not see it.")
    )
    segment = forms.ModelChoiceField(
        Segment.objects.none(), label=_("Segment"), empty_label=_("Choose a segment")
    )
    purpose = forms.ModelChoiceField(
        Purpose.objects.none(),
        label=_("Purpose"),
        empty_label=_("Choose a purpose"),
        help_text=_("Only people who agreed to this purpose on the channel get it."),
    )
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    template = forms.ModelChoiceField(
        Template.objects.none(), label=_("Template"), empty_label=_("Choose a template")
    )
    when = forms.ChoiceField(label=_("When"), choices=WHEN, widget=forms.RadioSelect)
    at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, actor: Actor, campaign: Campaign | None = None, **options: Any) -> None:
        initial: dict[str, Any] = {"when": "now"} | kind_initial(campaign)
        if campaign is not None:
            names = ("name", "segment", "purpose", "channel", "template")
            initial |= {name: getattr(campaign, name) for name in names}
            rule = rule_of(campaign)
            initial["when"] = rule.kind if rule else "later" if campaign.planned_at else "now"
            initial["at"] = campaign.planned_at
        options["initial"] = initial | options.get("initial", {})
        super().__init__(*args, **options)
        self.prepare(actor)
        self.prepare_test(actor, campaign)
        self._choices("segment", Segment.objects.filter(archived_at=None).order_by("name"))
        self._choices("purpose", Purpose.objects.filter(archived_at=None).order_by("position", "key"))
        self._choices("template", content.templates(actor))
        # A draft may be kept before its message is chosen.
        self.fields["template"].required = not self.is_bound or "review" in self.data
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ChoiceField)
        usable = channels.offered_channels()
        channel.choices = [(kind.key, kind.label) for kind in usable]
        if len(usable) == 1:  # nothing to choose from
            channel.widget = forms.HiddenInput()

    def _choices(self, name: str, queryset: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = queryset

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["channel"] = cleaned.get("channel") or default_channel().key
        if cleaned.get("when") == "later" and not cleaned.get("at") and "at" not in self.errors:
            self.add_error("at", _("Choose a date and time."))
        return cleaned

    @property
    def subjects(self) -> dict[str, str]:
        """{template: its subject}, which is shown beside what is chosen."""
        field = self.fields["template"]
        assert isinstance(field, forms.ModelChoiceField)
        assert field.queryset is not None
        return {str(pk): subject for pk, subject in field.queryset.values_list("pk", "subject")}

    @property
    def kind(self) -> str:
        """What begins it, or nothing if an order does."""
        when: str = self.cleaned_data["when"]
        return when if when in CampaignRule.Kind.values else ""

    @property
    def send_at(self) -> dt.datetime | None:
        """The chosen time, or None for now."""
        if self.cleaned_data["when"] == "later":
            chosen: dt.datetime = self.cleaned_data["at"]
            return chosen
        return None
