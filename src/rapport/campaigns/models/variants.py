"""Variants of a campaign: other words or templates, tried on a share of the audience before the rest gets the best."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rapport.campaigns.models.campaigns import Campaign
from rapport.content.models import Template
from rapport.experiments.models import Experiment, Variant
from rapport.messaging.models import Send


class CampaignTest(models.Model):
    """The experiment of a campaign. `share` percent of the audience get the variants, the rest gets the winner.

    It is decided after `hours` at the latest, with what is best by then. `is_rest` once the rest is being written.
    """

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, primary_key=True, related_name="test")
    experiment = models.OneToOneField(Experiment, on_delete=models.PROTECT, related_name="+")
    share = models.IntegerField(default=100)
    hours = models.IntegerField(default=24)
    is_rest = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(share__gte=1, share__lte=100, hours__gte=1), name="campaigns_test_share"
            ),
        ]

    def __str__(self) -> str:
        return self.experiment.name


class CampaignVariant(models.Model):
    """One of the ways it may read, and its send once the campaign is ordered.

    The first is the campaign as it is, and its send the campaign's own. A subject, preheader or sender name stands in
    the place of the template's or the business's.
    """

    id = models.BigAutoField(primary_key=True)
    test = models.ForeignKey(CampaignTest, on_delete=models.CASCADE, related_name="variants")
    variant = models.OneToOneField(Variant, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=254, blank=True, default="")
    preheader = models.CharField(max_length=254, blank=True, default="")
    sender_name = models.CharField(max_length=120, blank=True, default="")
    send = models.OneToOneField(Send, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.variant.name
