"""Reads of sends, the ledger and what came of it."""

from rapport.messaging.queries.ledger import (
    addressed,
    blocking_rules,
    caps,
    deliveries,
    deliveries_of,
    delivery_for,
    descriptions,
    is_held,
    open_hold,
    send_for,
    sending_policy,
)
from rapport.messaging.queries.results import Results, engagement_series, link_results, results, results_of

__all__ = [
    "Results",
    "addressed",
    "blocking_rules",
    "caps",
    "deliveries",
    "deliveries_of",
    "delivery_for",
    "descriptions",
    "engagement_series",
    "is_held",
    "link_results",
    "open_hold",
    "results",
    "results_of",
    "send_for",
    "sending_policy",
]
