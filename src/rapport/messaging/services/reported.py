"""What devices, apps and providers report of messages: read, opened, clicked. It goes the road of every open and click.

A receipt of a device or a messenger (WhatsApp's two blue ticks, a push message tapped) is somebody with a screen. An
email provider's is its own pixel or link, which machines load and follow too: all that is known of it is what it says.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from rapport.channels.incoming import Incoming, Receipt, ReceiptKind
from rapport.channels.registry import CHANNELS
from rapport.messaging.models import Delivery
from rapport.messaging.services import receipts, tracking

KINDS = {ReceiptKind.READ: "open", ReceiptKind.CLICKED: "click"}


def take(channel: str, incoming: Sequence[Incoming], now: dt.datetime) -> None:
    """Notes what was reported of deliveries of this channel that there are."""
    for receipt in incoming:
        if not isinstance(receipt, Receipt) or not receipt.reference:
            continue
        reference = uuid.UUID(receipt.reference)
        delivery = Delivery.objects.select_related("send").filter(pk=reference, channel=channel).first()
        if delivery is None:
            continue
        if receipt.kind in KINDS:
            note(delivery, receipt, now)
        else:
            receipts.record_receipt(delivery=delivery, receipt=receipt)


def note(delivery: Delivery, receipt: Receipt, now: dt.datetime) -> None:
    """An open or a click that somebody else saw."""
    if receipt.reason == "machine":
        sign = "provider_machine"
    else:
        sign = "" if CHANNELS[delivery.channel].has_pixel else "device_report"
    tracking.record_reported(delivery, KINDS[receipt.kind], min(receipt.at, now), sign=sign, url=receipt.url)
