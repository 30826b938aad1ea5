"""Reads of templates, campaigns, the send ledger and what came of it."""

from rapport.messaging.queries.audience import Audience, audience_of
from rapport.messaging.queries.records import (
    campaign_for,
    campaigns,
    deliveries,
    deliveries_of,
    delivery_for,
    open_pause,
    purpose_named,
    segment_named,
    send_of,
    sending_policy,
    status,
    template_for,
    templates,
    version_for,
)
from rapport.messaging.queries.results import (
    Results,
    engagement_series,
    link_results,
    progress,
    results,
    results_of,
)

__all__ = [
    "Audience",
    "Results",
    "audience_of",
    "campaign_for",
    "campaigns",
    "deliveries",
    "deliveries_of",
    "delivery_for",
    "engagement_series",
    "link_results",
    "open_pause",
    "progress",
    "purpose_named",
    "results",
    "results_of",
    "segment_named",
    "send_of",
    "sending_policy",
    "status",
    "template_for",
    "templates",
    "version_for",
]
