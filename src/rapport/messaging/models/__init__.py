"""Sends and their ledger, what came back of it, and the mailboxes that are read."""

from rapport.messaging.models.inbound import InboundMessage, Receipt, RestedAddress
from rapport.messaging.models.ledger import (
    SEND_KEY,
    Delivery,
    EarlierDelivery,
    Engagement,
    Send,
    SendHold,
    SendingPolicy,
)
from rapport.messaging.models.mailboxes import IncomingMail, Mailbox

__all__ = [
    "SEND_KEY",
    "Delivery",
    "EarlierDelivery",
    "Engagement",
    "InboundMessage",
    "IncomingMail",
    "Mailbox",
    "Receipt",
    "RestedAddress",
    "Send",
    "SendHold",
    "SendingPolicy",
]
