"""Whether somebody else must have agreed to a campaign, when it is ordered and once more when it goes out."""

from __future__ import annotations

from rapport.campaigns.models import Campaign, CampaignPolicy


def policy() -> CampaignPolicy:
    return CampaignPolicy.objects.first() or CampaignPolicy()


def is_needed(campaign: Campaign) -> bool:
    """Whether as many people are in the segment as need four eyes: not how many would get it today, which may grow.

    Of what goes out again and again, or to a segment that is not counted yet, nobody can tell: it needs them.
    """
    least = policy().approve_from
    if least is None:
        return False
    if getattr(campaign, "rule", None) is not None or campaign.segment.state == "computing":
        return True
    return campaign.segment.memberships.all()[: max(least, 1)].count() >= least


def is_missing(campaign: Campaign) -> bool:
    """Whether it was ordered when it needed no approval, and has so many recipients by now that it does."""
    return not (campaign.series or campaign).is_approved and is_needed(campaign)
