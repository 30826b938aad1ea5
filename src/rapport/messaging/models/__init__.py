"""Sends and their ledger, and the rules of sending."""

from rapport.messaging.models.deliveries import SEND_KEY, Delivery, EarlierDelivery, Engagement
from rapport.messaging.models.policy import AtLimit, BlockingRule, FrequencyCap, SendingPolicy
from rapport.messaging.models.sends import Send, SendHold

__all__ = [
    "SEND_KEY",
    "AtLimit",
    "BlockingRule",
    "Delivery",
    "EarlierDelivery",
    "Engagement",
    "FrequencyCap",
    "Send",
    "SendHold",
    "SendingPolicy",
]
