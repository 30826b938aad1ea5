"""Messages of nobody known: they wait until somebody says whose they are, or their address becomes known."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.channels.registry import CHANNELS
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.messaging import queries
from rapport.messaging.models import InboundMessage
from rapport.messaging.services import replies
from rapport.people import queries as people
from rapport.people.models import Identifier, Person
from rapport.people.normalise import normalise
from rapport.people.registry import Changes
from rapport.people.services import profile
from rapport.people.services.changes import IDENTIFIERS

SOURCE = "message"


@transaction.atomic
def match(
    *, actor: Actor, message_id: uuid.UUID, person_id: uuid.UUID | None, clock: Clock = SYSTEM
) -> Person:
    """Says whose message it is: an existing person's, or a new one's. All that waits from the address is theirs, too.

    The address becomes theirs, so that what comes from it later is known at once, unless it is somebody's already.
    Raises PermissionDenied, Http404, ValidationError.
    """
    actor.require("messages.answer")
    row = queries.inbound_message_for(actor, message_id, lock=True)
    if row.person_id is not None:
        raise ValidationError(_("Somebody has said meanwhile whose message this is."))
    identifier = _identifier(row)
    if person_id is None:
        if identifier is None:
            raise ValidationError(_("This address cannot be an identifier: choose an existing person."))
        person = profile.create_person(
            actor=actor, identifiers=[identifier], traits=_traits(row), source=SOURCE, clock=clock
        )
    else:
        person = people.person_for(actor, person_id)
        people.require_persons(actor, "messages.answer", [person.pk])
        if identifier is not None and actor.may("people.edit"):
            profile.add_identifier(
                actor=actor, person_id=person.pk, identifier=identifier, source=SOURCE, clock=clock
            )
    _tie([row, *_waiting_like(row)], people.person_for(actor, person.pk))
    _audit(actor, "message.matched", row, clock)
    return person


@transaction.atomic
def unmatch(*, actor: Actor, message_id: uuid.UUID, clock: Clock = SYSTEM) -> None:
    """Takes back whose message it was; it waits again."""
    actor.require("messages.answer")
    row = queries.inbound_message_for(actor, message_id, lock=True)
    if row.person_id is not None:
        people.require_persons(actor, "messages.answer", [row.person_id])
    row.person, row.dismissed_at = None, None
    row.save(update_fields=["person", "dismissed_at"])
    _audit(actor, "message.unmatched", row, clock)


@transaction.atomic
def dismiss(*, actor: Actor, message_id: uuid.UUID, undo: bool = False, clock: Clock = SYSTEM) -> None:
    """Puts a message aside that is nobody's, such as advertising; it is kept."""
    actor.require("messages.answer")
    row = queries.inbound_message_for(actor, message_id, lock=True)
    row.dismissed_at = None if undo else clock.now()
    row.save(update_fields=["dismissed_at"])


@transaction.atomic
def adopt(changes: Changes, _now: dt.datetime) -> None:
    """Gives persons who have new identifiers what came from these addresses before. A projection."""
    changed = [person_id for person_id, words in changes.items() if IDENTIFIERS in words]
    rows = Identifier.objects.filter(
        person_id__in=changed, type__in={kind.identifier for kind in CHANNELS} - {""}
    )
    values: dict[str, dict[str, uuid.UUID]] = defaultdict(dict)
    for person_id, type_, value in rows.values_list("person_id", "type", "value"):
        values[type_][value] = person_id
    for kind in CHANNELS:
        addresses = values.get(kind.identifier)
        if not addresses:
            continue
        waiting = InboundMessage.objects.select_for_update(of=("self",)).filter(
            channel=kind.key, address__in=list(addresses), person=None
        )
        by_person: dict[uuid.UUID, list[InboundMessage]] = defaultdict(list)
        for row in waiting.order_by("received_at", "pk"):
            by_person[addresses[row.address]].append(row)
        for person in Person.objects.filter(pk__in=by_person, erased_at=None):
            _tie(by_person[person.pk], person)


def _waiting_like(row: InboundMessage) -> list[InboundMessage]:
    """What else waits from the same address, oldest first."""
    if not row.address:
        return []
    rows = InboundMessage.objects.select_for_update(of=("self",)).filter(
        channel=row.channel, address=row.address, person=None
    )
    return list(rows.exclude(pk=row.pk).order_by("received_at", "pk"))


def _tie(rows: list[InboundMessage], person: Person) -> None:
    for row in rows:
        row.person, row.dismissed_at = person, None
    InboundMessage.objects.bulk_update(rows, ["person", "dismissed_at"])
    for row in rows:
        if row.kind == InboundMessage.Kind.MESSAGE:
            replies.tell(row, person)


def _identifier(row: InboundMessage) -> tuple[str, str] | None:
    """The identifier that the writer's address is, if it is one."""
    kind = CHANNELS.get(row.channel)
    value = normalise(kind.identifier, row.address) if kind is not None and kind.identifier else None
    return (kind.identifier, value) if kind is not None and value else None


def _traits(row: InboundMessage) -> dict[str, str]:
    return {"name": row.name} if row.name else {}


def _audit(actor: Actor, action: str, row: InboundMessage, clock: Clock) -> None:
    audit.record(
        actor=actor, action=action, object_type="inbound_message", object_id=row.pk, data={}, clock=clock
    )
