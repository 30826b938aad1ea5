"""Reads of what came in: mailboxes, their mails, and messages of persons."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.channels.registry import CHANNELS
from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.messaging.models import InboundMessage, IncomingMail, Mailbox
from rapport.people.models import Identifier
from rapport.people.queries import people_and_merged


def mailboxes(actor: Actor) -> QuerySet[Mailbox]:
    """Raises Http404."""
    if not actor.may("channels.view"):
        raise Http404
    return Mailbox.objects.order_by("disabled_at", "name", "id")


def mailbox_for(actor: Actor, mailbox_id: int, *, lock: bool = False) -> Mailbox:
    """Raises Http404."""
    rows = mailboxes(actor)
    return get_object_or_404(rows.select_for_update() if lock else rows, pk=mailbox_id)


def unsubscribe_address() -> str:
    """Where people unsubscribe by mail, if a mailbox is read for it."""
    rows = Mailbox.objects.filter(disabled_at=None).exclude(unsubscribe_address="").order_by("pk")
    return rows.values_list("unsubscribe_address", flat=True).first() or ""


def may_see_mails(actor: Actor) -> bool:
    """Addresses are shown, of whomever, so it takes the right to see all messages."""
    return actor.may("messages.view") and actor.reach("people.view") in {None, Reach.ALL}


def incoming_mails(actor: Actor, mailbox: Mailbox) -> QuerySet[IncomingMail]:
    """Every mail that was read there. Raises Http404."""
    if not may_see_mails(actor):
        raise Http404
    return IncomingMail.objects.filter(mailbox=mailbox).select_related("delivery")


def incoming_mail_for(actor: Actor, mail_id: int) -> IncomingMail:
    """Raises Http404."""
    mail = get_object_or_404(IncomingMail.objects.select_related("mailbox"), pk=mail_id)
    mailbox_for(actor, mail.mailbox_id)
    if not may_see_mails(actor):
        raise Http404
    return mail


def outcomes_of(mailbox: Mailbox) -> list[dict[str, Any]]:
    """What became of the mails read there: [{label, count}], for those there are."""
    counts = IncomingMail.objects.filter(mailbox=mailbox).order_by("outcome").values_list("outcome")
    return [
        {"label": IncomingMail.Outcome(outcome).label, "count": count}
        for outcome, count in counts.annotate(count=Count("id"))
    ]


def inbound_messages_of(person_ids: Sequence[uuid.UUID]) -> QuerySet[InboundMessage]:
    """Every message of these persons, for profile panels and exports."""
    return InboundMessage.objects.filter(person_id__in=person_ids)


def unmatched_of(person_ids: Sequence[uuid.UUID]) -> QuerySet[InboundMessage]:
    """What came from addresses that are these persons', before anybody knew."""
    wanted = Q(pk=None)
    for kind in CHANNELS:
        rows = (
            Identifier.objects.filter(person_id__in=person_ids, type=kind.identifier)
            if kind.identifier
            else None
        )
        if rows is not None:
            wanted |= Q(channel=kind.key, address__in=rows.values("value"))
    return InboundMessage.objects.filter(wanted, person=None)


def inbound_message_for(actor: Actor, message_id: uuid.UUID, *, lock: bool = False) -> InboundMessage:
    """Raises Http404."""
    rows = inbound_messages(actor).select_related("person", "delivery")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=message_id)


def unmatched(actor: Actor) -> QuerySet[InboundMessage]:
    """Messages of nobody known; for those who see everybody. Raises Http404."""
    if not sees_unmatched(actor):
        raise Http404
    return InboundMessage.objects.filter(person=None)


def sees_unmatched(actor: Actor) -> bool:
    return may_see_mails(actor)


def inbound_messages(actor: Actor) -> QuerySet[InboundMessage]:
    """Messages of persons the actor may see; whoever sees everybody also sees those of nobody known."""
    if not actor.may("messages.view"):
        raise Http404
    if actor.reach("people.view") in {None, Reach.ALL}:
        return InboundMessage.objects.all()
    return InboundMessage.objects.filter(person__in=people_and_merged(actor).values("pk"))


def has_written(channel: str, address: str, *, since: dt.datetime) -> bool:
    """Whether somebody has written to us from this address since then."""
    rows = InboundMessage.objects.filter(channel=channel, address=address, received_at__gt=since)
    return rows.exclude(kind=InboundMessage.Kind.AUTO_REPLY).exists()
