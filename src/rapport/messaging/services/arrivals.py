"""What comes in over the accounts of channels, whatever their provider: receipts, messages, choices, addresses gone.

Each is taken once, in one transaction with all that came in the same call; what a provider repeats changes nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress

from django.core.cache import cache
from django.db import transaction

from rapport.channels.incoming import Choice, Gone, Incoming, Receipt, ReceiptKind, Reply
from rapport.channels.models import ChannelAccount
from rapport.core import crypto
from rapport.core.clock import SYSTEM, Clock
from rapport.governance.services import suppression
from rapport.messaging.models import Delivery
from rapport.messaging.services import choices, receipts, replies, reported

# For so long a provider's call is known again; what it repeats later is told from new by what is in it.
REMEMBERED = dt.timedelta(days=3)
# A watermark speaks of messages this old at most, and of so many.
WATERMARK = dt.timedelta(days=30)
WATERMARK_MESSAGES = 200


def take_once(
    *, account: ChannelAccount, incoming: Sequence[Incoming], once: str = "", clock: Clock = SYSTEM
) -> bool:
    """Takes what came in one call, unless this call was taken before; says whether it was new."""
    name = f"channel_call:{account.pk}:{crypto.digest(once)}"
    if once and cache.get(name):
        return False
    new = take(account=account, incoming=incoming, clock=clock)
    if once:
        cache.set(name, 1, timeout=int(REMEMBERED.total_seconds()))
    return new


@transaction.atomic
def take(*, account: ChannelAccount, incoming: Sequence[Incoming], clock: Clock = SYSTEM) -> bool:
    """Takes all of it; says whether any of it was new. A choice in a message that was kept before is not made again."""
    repeated: set[str] = set()
    new = False
    for entry in incoming:
        match entry:
            case Receipt():
                noted = [_note(delivery, entry, clock) for delivery in _meant(account, entry)]
                new = new or any(noted)
            case Reply():
                if _keep(account, entry, clock):
                    new = True
                else:
                    repeated.add(entry.provider_id)
            case Choice():
                if entry.provider_id not in repeated:
                    choices.take_choice(account=account, choice=entry, clock=clock)
                    new = True
            case Gone():
                _retire(account, entry, clock)
    return new


def _note(delivery: Delivery, receipt: Receipt, clock: Clock) -> bool:
    new = receipts.record_receipt(delivery=delivery, receipt=receipt, clock=clock)
    # A click is no receipt, and every one counts; that it was read is said once.
    if receipt.kind is ReceiptKind.CLICKED or (new and receipt.kind is ReceiptKind.READ):
        reported.note(delivery, receipt, clock.now())
        return True
    return new


def _meant(account: ChannelAccount, receipt: Receipt) -> Iterable[Delivery]:
    """The deliveries on this channel that a receipt is about: by our reference, the provider's id, or until when."""
    ours = Delivery.objects.filter(channel=account.channel)
    if receipt.reference:
        with suppress(ValueError):
            if rows := list(ours.filter(pk=uuid.UUID(receipt.reference))):
                return rows
    if receipt.provider_id:
        return list(ours.filter(provider_id=receipt.provider_id)[:1])
    if receipt.reference or not receipt.address or receipt.kind is ReceiptKind.BOUNCED:
        return []
    sent = ours.filter(
        address=receipt.address,
        state__in=[Delivery.State.SENT, Delivery.State.UNCERTAIN],
        finished_at__lte=receipt.at,
        finished_at__gt=receipt.at - WATERMARK,
    )
    return list(sent.exclude(receipts__kind=receipt.kind.value).order_by("-finished_at")[:WATERMARK_MESSAGES])


def _keep(account: ChannelAccount, reply: Reply, clock: Clock) -> bool:
    answered = None
    if reply.answers:
        answered = next(
            iter(_meant(account, Receipt(ReceiptKind.READ, reply.at, provider_id=reply.answers))), None
        )
    kept = replies.keep_reply(
        channel=account.channel, reply=reply, account=account, delivery=answered, clock=clock
    )
    return kept is not None


def _retire(account: ChannelAccount, gone: Gone, clock: Clock) -> None:
    """An address that is none any more gets nothing; its successor is the person's to tell us."""
    with suppress(suppression.InvalidAddress):
        suppression.suppress(
            actor=receipts.READER,
            channel=account.channel,
            address=gone.address,
            reason="bounced",
            source=f"account {account.pk}: no longer an address",
            clock=clock,
        )
