"""Reads of campaigns and their audiences."""

from rapport.campaigns.queries.audience import Audience, audience_of, sample_of
from rapport.campaigns.queries.records import campaign_for, campaigns, purpose_named, segment_named, status

__all__ = [
    "Audience",
    "audience_of",
    "campaign_for",
    "campaigns",
    "purpose_named",
    "sample_of",
    "segment_named",
    "status",
]
