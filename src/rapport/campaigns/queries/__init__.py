"""Reads of campaigns and their audiences, and of social posts."""

from rapport.campaigns.queries.audience import Audience, audience_of, sample_of
from rapport.campaigns.queries.records import (
    campaign_for,
    campaigns,
    purpose_named,
    runs,
    segment_named,
    status,
)
from rapport.campaigns.queries.social import (
    UNDER_WAY,
    answers_of,
    network_of,
    posting_accounts,
    publication_for,
    same_text,
    social_image_for,
    social_post_for,
    social_posts,
    social_replies,
    social_reply_for,
    social_status,
)

__all__ = [
    "UNDER_WAY",
    "Audience",
    "answers_of",
    "audience_of",
    "campaign_for",
    "campaigns",
    "network_of",
    "posting_accounts",
    "publication_for",
    "purpose_named",
    "runs",
    "same_text",
    "sample_of",
    "segment_named",
    "social_image_for",
    "social_post_for",
    "social_posts",
    "social_replies",
    "social_reply_for",
    "social_status",
    "status",
]
