"""What devices and apps report of messages: shown, opened, clicked; by somebody with a screen, so it was no machine."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from rapport.channels.incoming import Incoming, Receipt, ReceiptKind
from rapport.messaging.models import Delivery
from rapport.messaging.services import receipts, tracking
from rapport.messaging.services.machines import Humanity

KINDS = {ReceiptKind.READ: "open", ReceiptKind.CLICKED: "click"}
ON_SCREEN = Humanity(1.0, "reported by the device")


def take(channel: str, incoming: Sequence[Incoming], now: dt.datetime) -> None:
    """Notes what was reported of deliveries of this channel that there are."""
    for receipt in incoming:
        if not isinstance(receipt, Receipt) or not receipt.reference:
            continue
        reference = uuid.UUID(receipt.reference)
        delivery = Delivery.objects.select_related("send").filter(pk=reference, channel=channel).first()
        if delivery is None:
            continue
        if kind := KINDS.get(receipt.kind):
            tracking.record_reported(delivery, kind, ON_SCREEN, now)
        else:
            receipts.record_receipt(delivery=delivery, receipt=receipt)
