"""Four eyes: who asked for a campaign to be approved, and what somebody else said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from rapport.campaigns.models.campaigns import Campaign


class CampaignPolicy(models.Model):
    """The one row: from how many recipients on a campaign needs somebody else's approval; never, if it is empty."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    approve_from = models.IntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "campaign policies"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="campaigns_one_policy"),
        ]

    def __str__(self) -> str:
        return str(self.approve_from)


class CampaignApproval(models.Model):
    """Asked for by one, granted or refused by another. `digest` is of all that would be sent when it was asked for: a
    change makes the approval worth nothing.
    """

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="approvals")
    digest = models.CharField(max_length=64)
    note = models.TextField(blank=True, default="")
    requester = models.CharField(max_length=80)
    requested_by = models.CharField(max_length=254)
    requested_at = models.DateTimeField(default=timezone.now)
    is_granted = models.BooleanField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")
    decided_by = models.CharField(max_length=254, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"], name="campaigns_approval_open", condition=Q(decided_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"approval of {self.campaign_id}"
