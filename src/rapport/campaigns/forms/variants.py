"""The form by which a campaign's template is compared with others."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.campaigns.models import Campaign, CampaignTest
from rapport.content import queries as content
from rapport.content.models import Template
from rapport.core.access import Actor


class CampaignTestForm(forms.Form):
    """Nothing chosen: nothing is compared."""

    templates = forms.ModelMultipleChoiceField(
        Template.objects.none(),
        label=_("Other templates"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each person of the share gets one of these or the campaign's own, by chance."),
    )
    share = forms.IntegerField(
        label=_("Percent who take part"), min_value=1, max_value=100, initial=20,
        help_text=_("The rest gets the best. 100: everybody takes part."),
    )  # fmt: skip
    hours = forms.IntegerField(label=_("Decided after hours"), min_value=1, max_value=720, initial=24)
    holdout = forms.IntegerField(
        label=_("Holdout"), min_value=0, max_value=1_000, initial=0,
        help_text=_("Its share beside 50 for each template: they get none, so that the effect shows."),
    )  # fmt: skip
    event = forms.CharField(label=_("Judged by the event"), max_length=200, initial="Message Clicked")

    def __init__(
        self, *args: Any, actor: Actor, campaign: Campaign, test: CampaignTest | None, **options: Any
    ) -> None:
        if test is not None:
            chosen = test.variants.exclude(template=campaign.template).values_list("template", flat=True)
            options["initial"] = {
                "templates": list(chosen), "share": test.share, "hours": test.hours, "event": test.experiment.event,
                "holdout": sum(test.experiment.variants.filter(is_holdout=True).values_list("weight", flat=True)),
            }  # fmt: skip
        super().__init__(*args, **options)
        field = self.fields["templates"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        rows = content.templates(actor).filter(channel=campaign.channel)
        field.queryset = rows.exclude(pk=campaign.template_id)


class ApprovalForm(forms.Form):
    """When four eyes are needed."""

    approve_from = forms.IntegerField(
        label=_("Approval from so many recipients on"), min_value=0, max_value=2_000_000_000, required=False,
        help_text=_("Counted in the segment. Empty: never."),
    )  # fmt: skip
