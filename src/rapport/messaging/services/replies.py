"""Messages of persons, over any channel: kept once, and told to the timeline of whoever wrote them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence

from django.db import transaction

from rapport.channels.incoming import Reply
from rapport.channels.models import ChannelAccount
from rapport.channels.networks import NETWORKS
from rapport.channels.registry import CHANNELS
from rapport.core.clock import SYSTEM, Clock
from rapport.core.plain_text import unturned
from rapport.core.services import outbox
from rapport.messaging import queries
from rapport.messaging.models import Delivery, InboundMessage, Mailbox
from rapport.messaging.services import fetching, files, message_events
from rapport.people import queries as people
from rapport.people.models import Person
from rapport.people.normalise import normalise

MAX_TEXT = 100_000
MAX_ATTACHMENTS = 50
MAX_EARLIER = 30


@transaction.atomic
def keep_reply(
    *,
    channel: str,
    reply: Reply,
    account: ChannelAccount | None = None,
    mailbox: Mailbox | None = None,
    delivery: Delivery | None = None,
    kind: str = InboundMessage.Kind.MESSAGE,
    clock: Clock = SYSTEM,
) -> InboundMessage | None:
    """Keeps a message and emits `Message Replied`; None when it was kept before.

    It is the message of whom the address names; failing that, of whom the answered `delivery` went to, because people
    answer from other addresses than they are written to; failing that, of whom the address for answers names, as in the
    mails that a form on a website makes.
    """
    person, now = author(channel, [reply.address, reply.answer_to], delivery), clock.now()
    values = {"kind": kind, "person": person, "delivery": delivery, "recorded_at": now}
    row, created = InboundMessage.objects.get_or_create(
        channel=channel,
        account=account,
        mailbox=mailbox,
        provider_id=stable_id(reply.provider_id),
        defaults={
            **values,
            "address": normal(channel, reply.address),
            "answer_to": normal(channel, reply.answer_to),
            "earlier": [_clean(message_id, 254) for message_id in reply.earlier[-MAX_EARLIER:]],
            "name": _clean(reply.name, 254),
            "subject": _clean(reply.subject, 500),
            "text": unturned(reply.text.replace("\0", ""))[:MAX_TEXT],
            "attachments": _attachments(reply),
            "received_at": min(reply.at, now),
        },
    )
    if created:
        fetching.keep_files(row, reply.contents, clock)
        if person is not None and row.kind == InboundMessage.Kind.MESSAGE:
            tell(row, person)
    return row if created else None


def _attachments(reply: Reply) -> list[dict[str, str]]:
    return [
        {"type": _clean(file.type, 120), "name": _clean(file.name, 254)}
        | ({"at": file.at} if file.at else {})
        for file in reply.attachments[:MAX_ATTACHMENTS]
    ]


def stable_id(provider_id: str) -> str:
    """The provider's id as it is kept: a hash of one that is too long."""
    clean = _clean(provider_id, 10_000)
    return clean if len(clean) <= 254 else "sha256:" + hashlib.sha256(clean.encode()).hexdigest()


def blank(row: InboundMessage) -> None:
    """Takes the words out of a message that its author has taken back where they wrote it."""
    kept = list(row.files.all())
    row.files.all().delete()
    InboundMessage.objects.filter(pk=row.pk).update(text="", attachments=[])
    transaction.on_commit(lambda: files.remove(kept))


def normal(channel: str, address: str) -> str:
    """An address as it is kept: as its type of identifier writes it, where it is one."""
    kind = CHANNELS.get(channel) or NETWORKS.get(channel)
    value = normalise(kind.identifier, address) if kind is not None and kind.identifier and address else None
    return _clean(value or address, 320)


def author(channel: str, addresses: Sequence[str], delivery: Delivery | None) -> Person | None:
    """Whom the first address, or else the answered delivery, or else the next address names now; nobody erased."""
    first, *others = addresses
    named = _named(channel, first)
    if not named and delivery is not None and delivery.person_id is not None:
        named = {delivery.person_id}
    for address in others:
        named = named or _named(channel, address)
    survivors = set(people.survivor_of(named).values())
    return Person.objects.filter(pk__in=survivors, erased_at=None).first()


def _named(channel: str, address: str) -> set[uuid.UUID]:
    """Who has this address, if that is one person."""
    kind = CHANNELS.get(channel) or NETWORKS.get(channel)
    value = normalise(kind.identifier, address) if kind is not None and kind.identifier and address else None
    named = people.named_by([(kind.identifier, value)]) if kind is not None and value else set()
    return named if len(named) == 1 else set()


def _clean(text: str, limit: int) -> str:
    """One line without control characters."""
    return "".join(character if character.isprintable() else " " for character in text)[:limit].strip()


def tell(row: InboundMessage, person: Person) -> None:
    """`Message Replied`, when it was received."""
    properties: dict[str, object] = {"channel": row.channel, "message_id": str(row.pk)}
    if row.subject:
        properties["subject"] = row.subject
    if row.delivery is not None:
        description = queries.descriptions([row.delivery.send])[row.delivery.send_id]
        properties |= message_events.properties(row.delivery.pk, row.channel, description)
    outbox.emit(
        "Message Replied",
        person_id=person.pk,
        properties=properties,
        message_id=f"inbound:{row.pk}",
        at=row.received_at,
    )
