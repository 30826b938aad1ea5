"""Sends and their ledger, the rules of sending, what came back, and the mailboxes that are read."""

from rapport.messaging.models.answers import Answer, MessageFile
from rapport.messaging.models.deliverability import DeliverabilityDay
from rapport.messaging.models.deliveries import SEND_KEY, Delivery, EarlierDelivery, Engagement
from rapport.messaging.models.inbound import InboundMessage, Receipt, RestedAddress
from rapport.messaging.models.mailboxes import IncomingMail, Mailbox
from rapport.messaging.models.policy import AtLimit, BlockingRule, FrequencyCap, SendingPolicy
from rapport.messaging.models.sends import Send, SendHold
from rapport.messaging.models.tracking_requests import TrackingRequest

__all__ = [
    "SEND_KEY",
    "Answer",
    "AtLimit",
    "BlockingRule",
    "DeliverabilityDay",
    "Delivery",
    "EarlierDelivery",
    "Engagement",
    "FrequencyCap",
    "InboundMessage",
    "IncomingMail",
    "Mailbox",
    "MessageFile",
    "Receipt",
    "RestedAddress",
    "Send",
    "SendHold",
    "SendingPolicy",
    "TrackingRequest",
]
