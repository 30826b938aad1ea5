"""Orders told over the API: they become events, and take the road of all others."""

from __future__ import annotations

import datetime as dt
import uuid
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.models import MAIN_STORE
from rapport.commerce.services.order_facts.hearing import stores_by_source
from rapport.commerce.services.order_facts.stored import subject_id
from rapport.commerce.services.order_facts.vocabulary import ORDER, leading_name, meaning_of
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.events.models import Source
from rapport.events.services import log
from rapport.events.services.envelope import Event
from rapport.events.services.sources import new_write_key
from rapport.events.services.times import AHEAD, EARLIEST
from rapport.people import queries as people

SOURCE = "Orders by API"
_encode = msgspec.json.Encoder().encode


class NotAnOrderEvent(ValueError):
    """The event named is not about orders."""


class TakenOrder(NamedTuple):
    """What a caller can follow: the order's id, which follows from its number, and the event's."""

    id: uuid.UUID
    message_id: str
    event: str


def order_source(name: str = SOURCE) -> Source:
    """The source that orders over the API come from, or others that are told here."""
    source, _created = Source.objects.get_or_create(
        name=name, defaults={"kind": Source.Kind.SERVER, "write_key": new_write_key()}
    )
    return source


@transaction.atomic
def put_order(
    *,
    actor: Actor,
    event: str,
    properties: dict[str, Any],
    person: dict[str, str],
    at: dt.datetime | None = None,
    message_id: str = "",
    clock: Clock = SYSTEM,
) -> TakenOrder:
    """Tells of an order, or of what became of it. The same said twice is one event.

    `person` are identifiers by type, or an `id`; none: a guest. Raises NotAnOrderEvent, ValidationError, Http404.
    """
    actor.require("orders.edit")
    meaning = meaning_of(event)
    if meaning is None or meaning.about != ORDER:
        raise NotAnOrderEvent(event)
    store, number = _store_of(properties), str(properties["order_id"])
    content = _encode(properties)
    digest = blake2b(content + event.encode(), digest_size=8).hexdigest()
    message_id = message_id or f"order-{digest}-{number}"[:100]
    event_of_order = Event(
        "track",
        leading_name(meaning),
        message_id,
        _moment(at, clock),
        properties=msgspec.Raw(content),
        **_who(actor, person, store, number),
    )
    log.append(order_source().pk, [event_of_order], clock.now())
    id_ = subject_id(ORDER, store, number)
    audit.record(
        actor=actor,
        action="order.told",
        object_type="order",
        object_id=id_,
        data={"event": event_of_order.event},
    )
    return TakenOrder(id_, message_id, event_of_order.event)


def _moment(at: dt.datetime | None, clock: Clock) -> dt.datetime:
    """When it happened: in UTC, where no zone is named."""
    now = clock.now()
    at = at or now
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    if not EARLIEST <= at <= now + AHEAD:
        raise ValidationError({"at": _("From 1970 to tomorrow.")})
    return at


def _store_of(properties: dict[str, Any]) -> str:
    """What the stream will find in the event: the store that is named, else the one its source stands for."""
    return str(properties.get("store") or stores_by_source().get(SOURCE, MAIN_STORE))


def _who(actor: Actor, person: dict[str, str], store: str, number: str) -> dict[str, Any]:
    """How the event names its person."""
    named = dict(person)
    if given := named.pop("id", ""):
        return {"person_id": people.person_for(actor, given).pk}
    return named_by(named, store, number)


def named_by(person: dict[str, str], store: str, number: str) -> dict[str, Any]:
    """How an event names whoever has these identifiers; without any it is a guest of this one order."""
    named = dict(person)
    user_id, anonymous_id = named.pop("user_id", ""), named.pop("anonymous_id", "")
    who: dict[str, Any] = {"user_id": user_id, "anonymous_id": anonymous_id}
    if named:
        external = [{"type": kind, "id": value, "collection": "users"} for kind, value in named.items()]
        who["context"] = msgspec.Raw(_encode({"externalIds": external}))
    elif not user_id and not anonymous_id:
        who["anonymous_id"] = f"order {store} {number}"
    return who
