"""What is said later about a delivery that had been accepted: it bounced, somebody complained, it arrived.

Every channel's receipts come here, after it was verified that they are about a delivery of ours. Only a permanent
failure that blames the recipient suppresses an address. A refusal of the sender halts the send when several recipients'
servers agree, so that one recipient alone cannot halt it with a forged report.
"""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction

from rapport.channels.incoming import About
from rapport.channels.incoming import Receipt as Reported
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import outbox
from rapport.governance.models import MARKETING
from rapport.governance.services import consent, suppression
from rapport.messaging import queries
from rapport.messaging.models import Delivery, Receipt
from rapport.messaging.services import message_events, refusals, resting
from rapport.people import queries as people
from rapport.people.models import Person

READER = system("receipts")
HOLDING = frozenset(
    {"blocked", "authentication", "reverse_dns", "sender_rejected", "policy", "relaying_denied", "refused"}
)
EVENTS = {
    Receipt.Kind.DELIVERED: "Message Delivered",
    Receipt.Kind.BOUNCED: "Message Bounced",
    Receipt.Kind.COMPLAINED: "Message Complained",
}


@transaction.atomic
def record_receipt(*, delivery: Delivery, receipt: Reported, clock: Clock = SYSTEM) -> bool:
    """Notes a receipt once and does what follows; says whether it was new. `delivery` must be proved to be meant."""
    if receipt.kind.value not in Receipt.Kind.values:
        return False
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("person", "send__purpose")
    locked = rows.get(pk=delivery.pk)
    row, created = Receipt.objects.get_or_create(
        delivery=locked,
        kind=receipt.kind.value,
        permanent=receipt.permanent,
        defaults={
            "about": receipt.about.value,
            "reason": receipt.reason[:32],
            "code": receipt.code[:32],
            "detail": receipt.detail[:500],
            "address_hash": resting.hash_of(locked.channel, locked.address),
            "at": min(receipt.at, clock.now()),
        },
    )
    if not created:
        return False
    if row.kind == Receipt.Kind.BOUNCED:
        _bounced(locked, row, clock)
    elif row.kind == Receipt.Kind.COMPLAINED:
        _complained(locked, row, clock)
    _emit(locked, row)
    return True


def _bounced(delivery: Delivery, row: Receipt, clock: Clock) -> None:
    if row.about == About.RECIPIENT.value and row.permanent:
        _suppress(delivery, "bounced", clock)
    elif row.about in {About.RECIPIENT.value, About.UNCLEAR.value}:
        resting.count(row, clock.now())
    elif row.about == About.SENDER.value and row.reason in HOLDING:
        _hold(delivery, row, clock)


def _suppress(delivery: Delivery, reason: str, clock: Clock) -> None:
    if not delivery.address:
        return  # erased since: the erasure suppressed it
    with suppress(suppression.InvalidAddress):
        suppression.suppress(
            actor=READER,
            channel=delivery.channel,
            address=delivery.address,
            reason=reason,
            source=f"delivery {delivery.pk}",
            clock=clock,
        )


def _complained(delivery: Delivery, row: Receipt, clock: Clock) -> None:
    """Nothing more is sent there, and consent to what was complained about is withdrawn."""
    _suppress(delivery, "complained", clock)
    purpose = delivery.send.purpose
    if purpose.basis not in MARKETING:
        return
    evidence = {"delivery": str(delivery.pk), "complaint": row.reason or "abuse"}
    person = _person(delivery)
    if person is not None:
        consent.record(
            actor=READER,
            person_id=person.pk,
            purpose=purpose.key,
            channel=delivery.channel,
            state="withdrawn",
            at=row.at,
            source="complaint",
            evidence=evidence,
            addresses=(delivery.address,) if delivery.address else (),
            clock=clock,
        )
    elif delivery.address:
        fact = consent.WithdrawnAddress(purpose.key, delivery.channel, delivery.address, row.at, "complaint")
        consent.withdraw_addresses([fact], clock=clock)


def _hold(delivery: Delivery, row: Receipt, clock: Clock) -> None:
    of_sender = Receipt.objects.filter(
        delivery__send=delivery.send_id,
        kind=Receipt.Kind.BOUNCED,
        about=About.SENDER.value,
        reason__in=HOLDING,
    )
    answer = f"{row.code} {row.detail}".strip() or row.reason
    refusals.weigh(
        actor=READER, send_id=delivery.send_id, refusals=of_sender.count(), answer=answer, clock=clock
    )


def _person(delivery: Delivery) -> Person | None:
    """Who the delivery is about now, unless they asked to be forgotten."""
    if delivery.person_id is None:
        return None
    survivors = people.survivor_of([delivery.person_id]).values()
    return Person.objects.filter(pk__in=survivors, erased_at=None).first()


def _emit(delivery: Delivery, row: Receipt) -> None:
    name = EVENTS.get(Receipt.Kind(row.kind))
    person = _person(delivery)
    if name is None or person is None:
        return
    properties = message_events.properties(
        delivery.pk, delivery.channel, queries.descriptions([delivery.send])[delivery.send_id]
    )
    if row.kind == Receipt.Kind.BOUNCED:
        properties |= {"bounce_type": row.reason, "permanent": row.permanent, "answer": row.code}
    suffix = f"{row.kind}:{'permanent' if row.permanent else 'soft'}"
    outbox.emit(
        name,
        person_id=person.pk,
        properties=properties,
        message_id=f"{delivery.pk}:{suffix}",
        at=row.at,
    )
