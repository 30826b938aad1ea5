"""Soft opt-in: existing customers may be written to about similar products until they object, where the law says so.

An order at which they could refuse is the evidence. It never outweighs a decision: who has granted, withdrawn or let
expire anything for that purpose is left as they are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from rapport.core.access import system
from rapport.governance.models import Consent, ConsentRecord, Purpose
from rapport.governance.registry import default_channel
from rapport.governance.services import consent
from rapport.governance.services.consent import ConsentChange
from rapport.people.models import Person

SOURCE = "order"


@dataclass(frozen=True, slots=True)
class Purchase:
    person_id: uuid.UUID
    at: dt.datetime
    order: str
    message_id: str
    source: str


def record(purchases: Sequence[Purchase]) -> set[uuid.UUID]:
    """Adds lines for customers in countries that a purpose names; returns whose state changed."""
    purposes = (
        list(Purpose.objects.filter(basis="consent").exclude(soft_opt_in_countries=[])) if purchases else []
    )
    if not purposes:
        return set()
    persons = {purchase.person_id for purchase in purchases}
    countries = _countries(persons)
    channel = default_channel().key
    decided = set(
        Consent.objects.filter(person_id__in=persons, channel=channel)
        .exclude(state=Consent.State.PENDING)
        .values_list("person_id", "purpose_id")
    )
    entries = [
        ConsentChange(
            purchase.person_id,
            purpose.key,
            channel,
            "granted",
            purchase.at,
            SOURCE,
            f"soft-{purchase.message_id}"[:100],
            {
                ConsentRecord.SOFT_OPT_IN: True,
                "country": country,
                "order": purchase.order,
                "event_source": purchase.source,
                "opt_out_offered": True,
            },
        )
        for purchase in purchases
        for country in [countries.get(purchase.person_id, "")]
        for purpose in purposes
        if country in purpose.soft_opt_in_countries and (purchase.person_id, purpose.pk) not in decided
    ]
    return consent.record_many(actor=system("soft opt-in"), entries=entries).changed


def _countries(persons: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """{person: ISO code of their country, as far as they have stated one}."""
    rows = Person.objects.filter(pk__in=persons).values_list("pk", "traits")
    return {pk: str(traits.get("country") or "").strip().upper() for pk, traits in rows}
