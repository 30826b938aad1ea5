"""How governance hands out and forgets what it holds about a person."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core import sql
from rapport.core.registry import PersonalData
from rapport.governance.models import (
    Consent,
    ConsentRecord,
    ConsentRequest,
    ContactPreference,
    SubjectRequest,
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    lines = (
        ConsentRecord.objects.filter(person_id__in=person_ids)
        .select_related("purpose", "wording")
        .order_by("at", "id")
    )
    return {
        "consent_ledger": [
            {
                "purpose": line.purpose.key,
                "basis": line.basis or line.purpose.basis,
                "channel": line.channel,
                "state": line.state,
                "at": line.at.isoformat(),
                "recorded_at": line.recorded_at.isoformat(),
                "source": line.source,
                "actor": line.actor,
                "expires_at": line.expires_at.isoformat() if line.expires_at else None,
                "evidence": line.proof,
            }
            for line in lines
        ],
        **_choices(person_ids),
    }


def _choices(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """What they chose and asked for themselves."""
    return {
        "contact_preferences": [
            {
                "messages": row.messages,
                "days": row.days,
                "paused_until": row.paused_until.isoformat() if row.paused_until else None,
                "language": row.language,
                "changed_at": row.changed_at.isoformat(),
            }
            for row in ContactPreference.objects.filter(person_id__in=person_ids)
        ],
        "consent_requests": [
            {
                "purposes": row.purposes,
                "channel": row.channel,
                "requested_at": row.requested_at.isoformat(),
                "source": row.source,
                "evidence": row.evidence,
                "mails": row.mails,
            }
            for row in ConsentRequest.objects.filter(person_id__in=person_ids, confirmed_at=None)
        ],
        "privacy_requests": [
            {"kind": row.kind, "requested_at": row.requested_at.isoformat(), "details": row.details}
            for row in SubjectRequest.objects.filter(person_id__in=person_ids).order_by("pk")
        ],
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    states, _ = Consent.objects.filter(person_id__in=person_ids).delete()
    # Not through the ORM, which would look for states of each line, of whom there are none any more.
    lines = sql.run(
        "DELETE FROM governance_consentrecord WHERE person_id = ANY(%b) RETURNING 1", [person_ids]
    )
    SubjectRequest.objects.filter(person_id__in=person_ids).exclude(details="").update(details="")
    requests, _ = ConsentRequest.objects.filter(person_id__in=person_ids).delete()
    preferences, _ = ContactPreference.objects.filter(person_id__in=person_ids).delete()
    return {
        "governance.Consent": states,
        "governance.ConsentRecord": len(lines),
        "governance.ConsentRequest": requests,
        "governance.ContactPreference": preferences,
    }


HOLDER = PersonalData(
    app="governance",
    fields=(
        "governance.Consent.person",
        "governance.ConsentRecord.person",
        "governance.ConsentRecord.source",
        "governance.ConsentRecord.actor",
        "governance.ConsentRecord.event_message_id",
        "governance.ConsentRecord.address_hash",
        "governance.ConsentRecord.evidence",
        "governance.ConsentRecord.form_version",
        "governance.ConsentRecord.language",
        "governance.ConsentRequest.person",
        "governance.ConsentRequest.address_hash",
        "governance.ConsentRequest.evidence",
        "governance.ConsentRequest.language",
        "governance.ConsentRequest.source",
        "governance.ContactPreference.person",
        "governance.ContactPreference.language",
        # Kept on purpose: the keyed hashes that stop mail, and the receipt that proves the erasure.
        "governance.AddressWithdrawal.address_hash",
        "governance.Suppression.address_hash",
        "governance.SuppressionRemoval.address_hash",
        "governance.SubjectRequest.person_id",
        "governance.SubjectRequest.receipt",
        "governance.SubjectRequest.details",
    ),
    export=export,
    erase=erase,
    kept=("governance.SubjectRequest.person_id", "governance.SubjectRequest.receipt"),
)
