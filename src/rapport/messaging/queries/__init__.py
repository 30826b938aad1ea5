"""Reads of sends, the ledger and what came of it."""

from rapport.messaging.queries.inbound import (
    inbound_messages,
    inbound_messages_of,
    incoming_mail_for,
    incoming_mails,
    mailbox_for,
    mailboxes,
)
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
    "inbound_messages",
    "inbound_messages_of",
    "incoming_mail_for",
    "incoming_mails",
    "is_held",
    "link_results",
    "mailbox_for",
    "mailboxes",
    "open_hold",
    "results",
    "results_of",
    "send_for",
    "sending_policy",
]
