"""Programmes, members' accounts, and the ledger of their points."""

from rapport.loyalty.models.badges import Badge, BadgeAward
from rapport.loyalty.models.ledger import Entry, Lot, OrderPoints, Posting
from rapport.loyalty.models.partners import EarningPartner
from rapport.loyalty.models.programs import Account, EarnRule, Program
from rapport.loyalty.models.referrals import Referral
from rapport.loyalty.models.rewards import Redemption, Reward
from rapport.loyalty.models.tiers import Tier
from rapport.loyalty.models.waiting import HeardEvent, StaleOrders
from rapport.loyalty.models.wallet import WalletDevice, WalletPass, WalletSettings

__all__ = [
    "Account",
    "Badge",
    "BadgeAward",
    "EarnRule",
    "EarningPartner",
    "Entry",
    "HeardEvent",
    "Lot",
    "OrderPoints",
    "Posting",
    "Program",
    "Redemption",
    "Referral",
    "Reward",
    "StaleOrders",
    "Tier",
    "WalletDevice",
    "WalletPass",
    "WalletSettings",
]
