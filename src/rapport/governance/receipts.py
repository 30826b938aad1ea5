"""Consent receipts in the structure of ISO/IEC TS 27560:2023: header, processing, parties and events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from rapport.core import crypto
from rapport.core.models import Workspace
from rapport.governance.models import ConsentRecord
from rapport.governance.registry import CONSENT_CHANNELS

SCHEMA = "ISO/IEC TS 27560:2023"
CONTROLLER, PRINCIPAL = "controller", "principal"
_NAMESPACE = uuid.UUID("0c4f1d0e-6a0b-4f57-9d2b-52d1a9c9a6f1")
_STATES = {"granted": "consent given", "withdrawn": "consent withdrawn", "pending": "consent requested"}
_BASES = {"soft_opt_in": "legitimate_interest"}
UNTIL_WITHDRAWN = "until withdrawn"


def receipt(
    line: ConsentRecord, history: Sequence[ConsentRecord], business: Workspace, person_id: uuid.UUID
) -> dict[str, Any]:
    """The receipt of one line with all that was decided on the same purpose and channel, oldest first.

    The same line always gives the same receipt for the same history; the signature proves that it is ours.
    """
    record_id = uuid.uuid5(_NAMESPACE, f"{settings.PUBLIC_URL}/{line.pk}")
    content = {
        "record_id": str(record_id),
        "pii_principal_id": str(person_id),
        "pii_processing": _processing(line, business),
        "party_identification": _parties(business, person_id),
        "event": [_event(event) for event in history],
    }
    body: dict[str, Any] = {
        "schema_version": SCHEMA,
        "receipt_id": str(uuid.uuid5(record_id, history[-1].recorded_at.isoformat())),
        "content": content,
    }
    return body | {"signature": signature(body)}


def signature(body: dict[str, Any]) -> str:
    """Proves that this installation issued exactly this receipt."""
    signed = {name: value for name, value in body.items() if name != "signature"}
    return crypto.sign("consent-receipt", crypto.digest(json.dumps(signed, sort_keys=True)).encode())


def _processing(line: ConsentRecord, business: Workspace) -> dict[str, Any]:
    channel = CONSENT_CHANNELS.get(line.channel)
    basis = line.basis or line.purpose.basis
    return {
        "privacy_notice": str(
            line.evidence.get("privacy_notice") or business.privacy_url or settings.PUBLIC_URL
        ),
        "language": line.language or "und",
        "wording": line.wording.text if line.wording else "",
        "wording_sha256": line.wording.sha256 if line.wording else "",
        "form_version": line.form_version,
        "purposes": [
            {
                "purpose": line.purpose.name,
                "purpose_type": line.purpose.key,
                "description": line.purpose.description,
                "lawful_basis": _BASES.get(basis, basis),
                "pii_information": [{"pii_type": (channel.identifier if channel else "") or line.channel}],
                "pii_controllers": [CONTROLLER],
                "collection_method": line.source or "not stated",
                "processing_method": f"messages by {line.channel}",
                "storage_locations": [business.country],
                "retention_period": UNTIL_WITHDRAWN
                if line.expires_at is None
                else line.expires_at.isoformat(),
                "jurisdiction": business.country,
                "recipient_third_parties": [],
                "withdrawal_method": "The preference page that every message links to, or the button to unsubscribe.",
                "privacy_rights": "A copy, a correction and erasure, on the preference page.",
            }
        ],
    }


def _parties(business: Workspace, person_id: uuid.UUID) -> list[dict[str, Any]]:
    return [
        {
            "party_id": CONTROLLER,
            "party_name": business.name,
            "party_address": business.postal_address or business.country,
            "party_url": settings.PUBLIC_URL,
            "party_role": "PII controller",
            "party_contact": settings.PUBLIC_URL,
            "party_type": "controller",
        },
        {
            "party_id": str(person_id),
            "party_name": PRINCIPAL,
            "party_address": "not stated",
            "party_role": "PII principal",
            "party_contact": "not stated",
            "party_type": PRINCIPAL,
        },
    ]


def _event(line: ConsentRecord) -> dict[str, Any]:
    duration = int((line.expires_at - line.at).total_seconds()) if line.expires_at else None
    ends = 0 if line.state == ConsentRecord.State.WITHDRAWN else duration
    return {
        "event_time": line.at.isoformat(),
        "validity_duration": UNTIL_WITHDRAWN if ends is None else ends,
        "entity_id": str(line.person_id),
        "event_type": "implied" if line.basis == ConsentRecord.SOFT_OPT_IN else "explicit",
        "event_state": _STATES[line.state],
    }
