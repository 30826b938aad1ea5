"""Campaigns, and posts to the public."""

from rapport.campaigns.models.campaigns import Campaign
from rapport.campaigns.models.social import SocialImage, SocialPost, SocialPublication, SocialReply

__all__ = ["Campaign", "SocialImage", "SocialPost", "SocialPublication", "SocialReply"]
