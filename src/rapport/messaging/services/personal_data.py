"""What messaging holds about a person: handed out on request, and forgotten."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from rapport.content.services import rewording
from rapport.core.registry import PersonalData
from rapport.messaging import queries
from rapport.messaging.models import (
    Answer,
    Delivery,
    EarlierDelivery,
    Engagement,
    MessageFile,
    TrackingRequest,
)
from rapport.messaging.services import calls, files, inbound_data

FIELDS = (
    "messaging.Answer.delivery",
    "messaging.Answer.inbound",
    "messaging.Answer.earlier",
    "messaging.MessageFile.delivery",
    "messaging.MessageFile.name",
    "messaging.MessageFile.path",
    "messaging.Delivery.person",
    "messaging.Delivery.address",
    "messaging.Delivery.occurrence",
    "messaging.Delivery.requested_address",
    "messaging.Delivery.data",
    "messaging.Delivery.context",
    "messaging.Delivery.detail",
    "messaging.Delivery.explanation",
    "messaging.Engagement.delivery",
    "messaging.TrackingRequest.delivery",
    "messaging.TrackingRequest.network",
    "messaging.EarlierDelivery.person_id",
    "messaging.EarlierDelivery.address_hash",
    *inbound_data.FIELDS,
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Every message to the person, and what was seen of it."""
    deliveries = Delivery.objects.filter(person_id__in=person_ids).select_related("send__purpose")
    related = deliveries.prefetch_related("engagements__link", "files")
    ordered = list(related.order_by("queued_at", "pk"))
    described = queries.descriptions({delivery.send for delivery in ordered})
    return {
        **inbound_data.export(person_ids),
        "deliveries": [
            {
                **_extras(delivery),
                "id": str(delivery.pk),
                "origin": delivery.send.origin,
                "name": described[delivery.send_id].name,
                "purpose": delivery.send.purpose.key,
                "channel": delivery.channel,
                "address": delivery.address or delivery.requested_address,
                "data": {**delivery.context, **delivery.data},
                "state": delivery.state,
                "reason": delivery.reason,
                "queued_at": delivery.queued_at.isoformat(),
                "finished_at": delivery.finished_at.isoformat() if delivery.finished_at else None,
            }
            for delivery in ordered
        ],
        "before_a_restore": list(
            EarlierDelivery.objects.filter(person_id__in=person_ids)
            .order_by("send")
            .values_list("send", flat=True)
        ),
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """Keeps the counts of sends, without anything that leads to the person."""
    deliveries = Delivery.objects.filter(person_id__in=person_ids)
    ids = list(deliveries.values_list("pk", flat=True))
    came_in = inbound_data.erase(person_ids, ids)
    earlier = EarlierDelivery.objects.filter(person_id__in=person_ids).update(person_id=None)
    removed, _kinds = Engagement.objects.filter(delivery_id__in=ids, kind="click").delete()
    requests, _kinds = TrackingRequest.objects.filter(delivery_id__in=ids).delete()
    rewording.erase_inline(_written_for_one(ids))
    sent_files = list(MessageFile.objects.filter(delivery__in=ids))
    MessageFile.objects.filter(delivery__in=ids).delete()
    Answer.objects.filter(pk__in=ids).delete()
    transaction.on_commit(lambda: files.remove(sent_files))
    deliveries.filter(state="queued").update(state="skipped", reason="erased")
    changed = Delivery.objects.filter(pk__in=ids).update(
        person=None,
        address="",
        requested_address="",
        occurrence="",
        detail="",
        provider_id="",
        data={},
        context={},
        explanation={},
    )
    return {
        "messaging_delivery": changed,
        "messaging_engagement": removed,
        "messaging_trackingrequest": requests,
        "messaging_earlierdelivery": earlier,
        **came_in,
    }


def _written_for_one(delivery_ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """The inline templates that only these deliveries used: whoever asked for them may have written names into them."""
    written = Delivery.objects.filter(
        pk__in=delivery_ids, send__origin=calls.ORIGIN, send__template_version__template__is_inline=True
    )
    used = set(written.values_list("send__template_version__template_id", flat=True))
    others = Delivery.objects.filter(send__template_version__template_id__in=used).exclude(
        pk__in=delivery_ids
    )
    return list(used - set(others.values_list("send__template_version__template_id", flat=True)))


def _extras(delivery: Delivery) -> dict[str, Any]:
    """What hangs on a message, and what was done with it."""
    return {
        "files": [{"name": file.name, "type": file.type, "size": file.size} for file in delivery.files.all()],
        "engagements": [
            {
                "kind": row.kind,
                "link": row.link.url if row.link else None,
                "first_at": row.first_at.isoformat(),
                "times": row.times,
                "human_probability": row.human_probability,
                "human_reasons": row.human_reasons,
            }
            for row in delivery.engagements.all()
        ],
    }


HOLDER = PersonalData("messaging", FIELDS, export, erase)
