"""What is held of persons in what came in: handed out, and forgotten. Part of messaging's `personal_data`."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from rapport.core import crypto
from rapport.governance.queries import normal_address
from rapport.messaging import queries
from rapport.messaging.models import InboundMessage, IncomingMail, MessageFile, Receipt, RestedAddress
from rapport.messaging.services import files
from rapport.people.models import Identifier

FIELDS = (
    "messaging.InboundMessage.person",
    "messaging.InboundMessage.delivery",
    "messaging.InboundMessage.provider_id",
    "messaging.InboundMessage.address",
    "messaging.InboundMessage.answer_to",
    "messaging.InboundMessage.earlier",
    "messaging.InboundMessage.name",
    "messaging.InboundMessage.subject",
    "messaging.InboundMessage.text",
    "messaging.InboundMessage.attachments",
    "messaging.MessageFile.inbound",
    "messaging.IncomingMail.address",
    "messaging.IncomingMail.delivery",
    "messaging.IncomingMail.reason",
    "messaging.Receipt.delivery",
    "messaging.Receipt.detail",
    "messaging.Receipt.address_hash",
    "messaging.RestedAddress.address_hash",
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Every message of the person, and what was said of those to them."""
    receipts = Receipt.objects.filter(delivery__person_id__in=person_ids).order_by("at", "pk")
    return {
        "messages": [
            {
                "channel": row.channel,
                "kind": row.kind,
                "from": row.address,
                "name": row.name,
                "subject": row.subject,
                "text": row.text,
                "attachments": row.attachments,
                "received_at": row.received_at.isoformat(),
            }
            for row in (queries.inbound_messages_of(person_ids) | queries.unmatched_of(person_ids)).order_by(
                "received_at", "pk"
            )
        ],
        "receipts": [
            {
                "delivery": str(row.delivery_id),
                "kind": row.kind,
                "reason": row.reason,
                "detail": row.detail,
                "at": row.at.isoformat(),
            }
            for row in receipts
        ],
    }


def erase(person_ids: list[uuid.UUID], delivery_ids: list[uuid.UUID]) -> dict[str, int]:
    """Deletes messages of the persons; of receipts and mails stays what counts, without a lead to anybody."""
    messages = queries.inbound_messages_of(person_ids) | queries.unmatched_of(person_ids)
    emails = Identifier.objects.filter(person_id__in=person_ids, type="email").values_list("value", flat=True)
    addresses = {*emails, *messages.values_list("address", flat=True)}
    about = Receipt.objects.filter(delivery_id__in=delivery_ids)
    hashes = {*about.values_list("address_hash", flat=True)} - {""}
    hashes |= {
        crypto.address_hash("email", normal)
        for text in addresses
        if (normal := normal_address("email", text))
    }
    mails = IncomingMail.objects.filter(delivery_id__in=delivery_ids) | IncomingMail.objects.filter(
        address__in=[*addresses, *(text.lower() for text in addresses)]
    )
    kept = list(MessageFile.objects.filter(inbound__in=messages.values("pk")))
    transaction.on_commit(lambda: files.remove(kept))
    rested, _kinds = RestedAddress.objects.filter(address_hash__in=hashes).delete()
    return {
        "messaging_incomingmail": mails.update(address="", reason="", delivery=None),
        "messaging_receipt": about.update(detail="", address_hash=""),
        "messaging_restedaddress": rested,
        "messaging_inboundmessage": InboundMessage.objects.filter(
            pk__in=list(messages.values_list("pk", flat=True))
        ).delete()[0],
    }
