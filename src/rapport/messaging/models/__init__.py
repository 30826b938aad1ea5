"""Sends and their ledger."""

from rapport.messaging.models.ledger import (
    SEND_KEY,
    Delivery,
    EarlierDelivery,
    Engagement,
    Send,
    SendHold,
    SendingPolicy,
)

__all__ = ["SEND_KEY", "Delivery", "EarlierDelivery", "Engagement", "Send", "SendHold", "SendingPolicy"]
