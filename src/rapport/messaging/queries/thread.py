"""The conversation with a person: every message to and from them, over every channel, newest first."""

from __future__ import annotations

import datetime as dt
import heapq
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from rapport.channels import queries as channels
from rapport.channels.registry import CHANNELS, ChannelKind
from rapport.core.access import Actor
from rapport.messaging.models import Delivery, InboundMessage
from rapport.messaging.queries.inbound import has_written, inbound_message_for, inbound_messages_of
from rapport.messaging.queries.ledger import deliveries_of, delivery_for
from rapport.people.models import Person
from rapport.people.queries import person_for
from rapport.people.queries.contact import contacts

IN, OUT = "in", "out"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a conversation ended: the moment and the id of its last message."""

    at: dt.datetime
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a conversation: a delivery of ours, or one that came in."""

    at: dt.datetime
    id: uuid.UUID
    delivery: Delivery | None = None
    inbound: InboundMessage | None = None

    @property
    def direction(self) -> str:
        return OUT if self.delivery is not None else IN

    @property
    def channel(self) -> str:
        row = self.delivery or self.inbound
        return row.channel if row is not None else ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages: those to us (`in`) or from us (`out`), of one channel, in one state."""

    direction: str = ""
    channel: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom an answer is for, and over which channel; `address` is where it goes instead of the person's own."""

    person: Person
    kind: ChannelKind
    address: str = ""
    subject: str = ""
    inbound: InboundMessage | None = None
    earlier: Delivery | None = None
    own_address: str = field(default="", compare=False)

    @property
    def shown_address(self) -> str:
        return self.address or self.own_address

    def window_open(self, now: dt.datetime) -> bool:
        """Whether free text may still be sent: the person has written as lately as the channel asks for."""
        window = self.kind.window
        return window is None or has_written(self.kind.key, self.shown_address, since=now - window)


def conversation(
    person_ids: Sequence[uuid.UUID],
    *,
    wanted: Wanted = Wanted(),
    before: Place | None = None,
    limit: int = 30,
) -> list[Entry]:
    """So many messages of a person (under all their ids) that stand behind `before`."""
    sent: list[Entry] = []
    came: list[Entry] = []
    if wanted.direction != IN:
        rows = _behind(_sent(person_ids, wanted), before)[:limit]
        sent = [Entry(row.at, row.pk, delivery=row) for row in rows]
    if wanted.direction != OUT and not wanted.state:
        messages = _behind(_came(person_ids, wanted), before)[:limit]
        came = [Entry(row.received_at, row.pk, inbound=row) for row in messages]
    return list(heapq.merge(sent, came, key=lambda entry: (entry.at, entry.id), reverse=True))[:limit]


def newest_id(person_ids: Sequence[uuid.UUID]) -> str:
    """The message that was written last, by anybody: what tells whether a conversation has moved on."""
    out = deliveries_of(list(person_ids)).order_by("-queued_at", "-pk").values_list("queued_at", "pk").first()
    came = (
        inbound_messages_of(person_ids)
        .order_by("-received_at", "-pk")
        .values_list("received_at", "pk")
        .first()
    )
    return str(max(row for row in (out, came) if row)[1]) if out or came else ""


def last_inbound(person_ids: Sequence[uuid.UUID]) -> InboundMessage | None:
    """What the person wrote last themselves."""
    rows = inbound_messages_of(person_ids).exclude(kind=InboundMessage.Kind.AUTO_REPLY)
    return rows.order_by("-received_at", "-pk").first()


def message_for(actor: Actor, message_id: uuid.UUID) -> InboundMessage | Delivery:
    """A message of either direction. Raises Http404."""
    if InboundMessage.objects.filter(pk=message_id).exists():
        return inbound_message_for(actor, message_id)
    return delivery_for(actor, message_id)


def _sent(person_ids: Sequence[uuid.UUID], wanted: Wanted) -> QuerySet[Delivery]:
    rows = deliveries_of(list(person_ids)).select_related("send__purpose", "answer")
    rows = rows.prefetch_related("files", "receipts")
    only = Q()
    if wanted.channel:
        only &= Q(channel=wanted.channel)
    if wanted.state:
        only &= Q(state=wanted.state)
    return rows.filter(only).annotate(at=Coalesce("finished_at", "not_before", "queued_at"))


def _came(person_ids: Sequence[uuid.UUID], wanted: Wanted) -> QuerySet[InboundMessage]:
    rows = inbound_messages_of(person_ids)
    return rows.filter(channel=wanted.channel) if wanted.channel else rows


def _behind(rows: QuerySet[Any], before: Place | None) -> QuerySet[Any]:
    column = "at" if rows.model is Delivery else "received_at"
    if before is not None:
        later = Q(**{f"{column}__lt": before.at}) | Q(**{column: before.at, "pk__lt": before.id})
        rows = rows.filter(later)
    return rows.order_by(f"-{column}", "-pk")


def reachable(person: Person) -> list[tuple[ChannelKind, str]]:
    """The channels that somebody can write to the person over by hand now, each with their address."""
    usable = [kind for kind in channels.usable_channels() if kind.answering is not None]
    addresses = [
        (kind, contacts([person.pk], kind.identifier, kind.addresses).get(person.pk)) for kind in usable
    ]
    return [(kind, contact.address) for kind, contact in addresses if contact is not None and contact.address]


def answer_target(
    actor: Actor, person: Person, channel: str, message: InboundMessage | Delivery | None
) -> Target | None:
    """Where an answer to a message would go over a channel; None when the channel does not reach the person."""
    kind = CHANNELS.get(channel)
    if kind is None:
        return None
    contact = contacts([person.pk], kind.identifier, kind.addresses).get(person.pk)
    own = contact.address if contact else ""
    if message is None or message.channel != channel:
        return Target(person, kind, own_address=own) if own else None
    if isinstance(message, Delivery):
        address = message.requested_address or ("" if message.address == own else message.address)
        subject = _reply_subject(str(message.data.get("subject", ""))) if hasattr(message, "answer") else ""
        target = Target(person, kind, address, subject, earlier=message, own_address=own)
    else:
        address = message.answer_to or message.address
        subject = _reply_subject(message.subject)
        target = Target(person, kind, "" if address == own else address, subject, message, own_address=own)
    return target if target.shown_address else None


def target_of(actor: Actor, message_id: uuid.UUID, channel: str = "") -> Target:
    """Where an answer to a message goes. Raises Http404, ValidationError."""
    message = message_for(actor, message_id)
    if message.person_id is None:
        raise ValidationError({"reply_to": _("Say first whose message this is.")})
    person = person_for(actor, message.person_id)
    target = answer_target(actor, person, channel or message.channel, message)
    if target is None:
        raise ValidationError({"channel": _("This person cannot be reached over this channel.")})
    return target


def _reply_subject(subject: str) -> str:
    """One Re: before it, however many there are, of whichever mail program."""
    bare = subject.strip()
    while bare[:3].lower() in {"re:", "aw:", "sv:", "rv:"} or bare[:4].lower() in {"antw"}:
        bare = bare.partition(":")[2].strip()
    return f"Re: {bare}"[:254] if bare else ""
