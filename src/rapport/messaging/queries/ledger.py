"""Reads of sends and the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.messaging.models import BlockingRule, Delivery, FrequencyCap, Send, SendHold, SendingPolicy
from rapport.messaging.registry import Description, send_origin
from rapport.people.queries import people_and_merged


def send_for(actor: Actor, send_id: int) -> Send:
    """Raises Http404."""
    _sees(actor)
    return get_object_or_404(Send.objects.select_related("template_version"), pk=send_id)


def open_hold(send: Send) -> SendHold | None:
    """What halts a send now."""
    return send.holds.filter(released_at=None).first()


def is_held(send_id: str) -> Exists:
    """Whether the send that a row of another query names in `send_id` is halted now."""
    return Exists(SendHold.objects.filter(send=OuterRef(send_id), released_at=None))


def descriptions(sends: Iterable[Send]) -> dict[int, Description]:
    """{send id: what ordered it}, asking each kind of origin once."""
    wanted: dict[str, dict[str, list[int]]] = {}
    for send in sends:
        wanted.setdefault(send.origin, {}).setdefault(send.origin_id, []).append(send.pk)
    described: dict[int, Description] = {}
    for origin, ids in wanted.items():
        known_names = send_origin(origin).describe(list(ids))
        for origin_id, send_ids in ids.items():
            description = known_names.get(origin_id, Description(origin_id))
            described |= dict.fromkeys(send_ids, description)
    return described


def siblings(send: Send) -> QuerySet[Send]:
    """All that was ordered together with it, itself too: the variants of a campaign."""
    return Send.objects.filter(origin=send.origin, origin_id=send.origin_id)


def deliveries(
    actor: Actor, *sends: Send | QuerySet[Send], state: str = "", reason: str = ""
) -> QuerySet[Delivery]:
    """The ledger of these sends."""
    _sees(actor)
    wanted = Q()
    for send in sends:
        wanted |= Q(send__in=send) if isinstance(send, QuerySet) else Q(send=send)
    if state:
        wanted &= Q(state=state)
    if reason:
        wanted &= Q(reason=reason)
    return _visible(actor).filter(wanted).select_related("person").order_by("id")


def delivery_for(actor: Actor, delivery_id: uuid.UUID) -> Delivery:
    """Raises Http404."""
    _sees(actor)
    related = _visible(actor).select_related("person", "send__template_version__template")
    return get_object_or_404(related, pk=delivery_id)


def _visible(actor: Actor) -> QuerySet[Delivery]:
    """Deliveries to persons the actor may see; whoever sees everybody also sees those to forgotten persons."""
    if actor.reach("people.view") in {None, Reach.ALL}:
        return Delivery.objects.all()
    return Delivery.objects.filter(person__in=people_and_merged(actor).values("pk"))


def deliveries_of(person_ids: list[uuid.UUID]) -> QuerySet[Delivery]:
    """Every message to these persons, for profile panels and exports."""
    rows = Delivery.objects.filter(person_id__in=person_ids).select_related("send")
    return rows.prefetch_related("engagements__link")


def addressed(delivery_id: uuid.UUID) -> Delivery:
    """A delivery by what its signed addresses say, with all that their pages need. Raises Http404."""
    return get_object_or_404(Delivery.objects.select_related("person", "send__purpose"), pk=delivery_id)


def sending_policy() -> SendingPolicy:
    return SendingPolicy.objects.first() or SendingPolicy()


def caps() -> QuerySet[FrequencyCap]:
    """All frequency caps, the shortest time first."""
    return FrequencyCap.objects.select_related("purpose").order_by("hours", "id")


def blocking_rules() -> QuerySet[BlockingRule]:
    """All rules over facts, oldest first."""
    return BlockingRule.objects.order_by("id")


def _sees(actor: Actor) -> None:
    if not actor.may("messages.view"):
        raise Http404
