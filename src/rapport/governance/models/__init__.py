"""Consent per purpose and channel, suppression, and requests of the people themselves."""

from rapport.governance.models.consents import (
    MARKETING,
    AddressWithdrawal,
    Consent,
    ConsentRecord,
    ConsentRequest,
    ConsentWording,
    ContactPreference,
    Purpose,
)
from rapport.governance.models.suppressions import SubjectRequest, Suppression, SuppressionRemoval

__all__ = [
    "MARKETING",
    "AddressWithdrawal",
    "Consent",
    "ConsentRecord",
    "ConsentRequest",
    "ConsentWording",
    "ContactPreference",
    "Purpose",
    "SubjectRequest",
    "Suppression",
    "SuppressionRemoval",
]
