"""What colleagues correct about an order: whose it is, and which events about it do not count. Events say so."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.models import Order
from rapport.commerce.queries.order_history import CORRECTIONS as SOURCE
from rapport.commerce.services.order_facts import keeping
from rapport.commerce.services.order_facts.stored import withdrawn
from rapport.commerce.services.orders.requests import named_by, order_source
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.events.services import log
from rapport.events.services.envelope import Event
from rapport.people import queries as people

_encode = msgspec.json.Encoder().encode


@transaction.atomic
def reassign(*, actor: Actor, order: Order, person_id: uuid.UUID | str, clock: Clock = SYSTEM) -> None:
    """Gives the order to another customer: points, value and timelines follow it. Raises ValidationError, Http404."""
    actor.require("orders.edit")
    person = people.person_for(actor, person_id)
    if order.person_id == person.pk:
        raise ValidationError({"person_id": _("It is theirs already.")})
    if any(kept.home is None for kept in keeping.facts_of([order.pk]).get(order.pk, [])):
        raise ValidationError({"person_id": _("It stays nobody's: its customer was forgotten.")})
    properties = {"order_id": order.external_id, "store": order.store}
    _append(order, "Order Reassigned", properties, {"person_id": person.pk}, clock)
    audit.record(
        actor=actor,
        action="order.reassigned",
        object_type="order",
        object_id=order.pk,
        data={"person": str(person.pk), "before": str(order.person_id or "")},
    )


@transaction.atomic
def leave_out(*, actor: Actor, order: Order, message_id: str, clock: Clock = SYSTEM) -> None:
    """What this event said of the order does not count any more. Raises ValidationError."""
    actor.require("orders.edit")
    kept = keeping.facts_of([order.pk]).get(order.pk, [])
    # Whose it is says nothing of the order itself.
    says = {fact.message_id for fact in kept if fact.fact.kind not in {"withdrawn", "reassigned"}}
    counting = says - withdrawn(kept)
    if not message_id or message_id not in counting:
        raise ValidationError({"message_id": _("No event that counts for this order has this id.")})
    if counting == {message_id}:
        raise ValidationError({"message_id": _("It is all there is of the order; the order would be gone.")})
    _withdraw(actor, order, [message_id], "order.left_out", clock)


@transaction.atomic
def count_again(*, actor: Actor, order: Order, message_id: str, clock: Clock = SYSTEM) -> None:
    """What this event said counts again, if it was left out here. Raises ValidationError."""
    actor.require("orders.edit")
    kept = keeping.facts_of([order.pk]).get(order.pk, [])
    gone = withdrawn(kept)
    by = [
        fact.message_id
        for fact in kept
        if fact.fact.withdraws == [message_id] and fact.source == SOURCE and fact.message_id not in gone
    ]
    if not by:
        raise ValidationError({"message_id": _("Nobody left it out here.")})
    _withdraw(actor, order, by, "order.counted_again", clock)


def _withdraw(actor: Actor, order: Order, messages: list[str], action: str, clock: Clock) -> None:
    properties = {"order_id": order.external_id, "store": order.store, "withdraws": messages}
    _append(
        order,
        "Order Withdrawn",
        properties,
        of_person(order.person_id, order.store, order.external_id),
        clock,
    )
    audit.record(actor=actor, action=action, object_type="order", object_id=order.pk)


def _append(order: Order, name: str, properties: dict[str, Any], who: dict[str, Any], clock: Clock) -> None:
    now = clock.now()
    message_id = f"correction-{order.pk.hex[:12]}-{uuid.uuid4().hex}"
    event = Event("track", name, message_id, now, properties=msgspec.Raw(_encode(properties)), **who)
    log.append(order_source(SOURCE).pk, [event], now)


def of_person(person_id: uuid.UUID | None, store: str, external_id: str) -> dict[str, Any]:
    """How an event about an order names whose it is."""
    if person_id:
        return {"person_id": person_id}
    return named_by({}, store, external_id.removeprefix("refund "))
