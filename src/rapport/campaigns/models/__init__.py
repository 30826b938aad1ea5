"""Campaigns, and posts to the public."""

from rapport.campaigns.models.approvals import CampaignApproval, CampaignPolicy
from rapport.campaigns.models.campaigns import Campaign
from rapport.campaigns.models.rules import CampaignChannel, CampaignEntry, CampaignRule
from rapport.campaigns.models.social import SocialImage, SocialPost, SocialPublication, SocialReply
from rapport.campaigns.models.spending import Cost
from rapport.campaigns.models.variants import CampaignTest, CampaignVariant

__all__ = [
    "Campaign",
    "CampaignApproval",
    "CampaignChannel",
    "CampaignEntry",
    "CampaignPolicy",
    "CampaignRule",
    "CampaignTest",
    "CampaignVariant",
    "Cost",
    "SocialImage",
    "SocialPost",
    "SocialPublication",
    "SocialReply",
]
