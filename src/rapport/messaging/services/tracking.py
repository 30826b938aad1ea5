"""Opens, clicks and unsubscribes as they come in. Who made them is judged later, by `services.judging`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.http import Http404

from rapport.channels.queries import sender
from rapport.content import queries as content
from rapport.content.models import Link
from rapport.content.registry import LIQUID_VARIABLES
from rapport.content.services.links import safe_url
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Recipient, workspace_context
from rapport.core import access
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.governance.services import consent
from rapport.messaging import queries
from rapport.messaging.models import Delivery, TrackingRequest
from rapport.messaging.services import afterwards, signs, tracking_requests
from rapport.people import queries as people
from rapport.people.models import Person


@dataclass(frozen=True, slots=True)
class Request:
    """What a request shows of who made it; only the names of signs and a keyed hash are kept of it."""

    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


def record_open(*, delivery_id: uuid.UUID, request: Request, clock: Clock = SYSTEM) -> None:
    """Notes that the pixel of a delivery was loaded."""
    seen = signs.of_request("open", request.headers, request.address)
    # The proxies load pictures of thousands of messages from one address: nothing is learned by comparing.
    proxied = {"image_proxy", "apple_privacy_proxy", "gmail_prefetch"} & set(seen)
    network = "" if proxied else signs.network_of(request.address)
    tracking_requests.record(
        delivery_id=delivery_id, kind=TrackingRequest.Kind.OPEN, now=clock.now(), signs=seen, network=network
    )


def record_click(
    *, delivery_id: uuid.UUID, position: int, request: Request, is_probe: bool = False, clock: Clock = SYSTEM
) -> str:
    """Notes a click (or that a program only probed the link) and returns where it leads. Raises Http404."""
    delivery = queries.addressed(delivery_id)
    link = content.links(delivery.send.template_version_id).filter(position=position).first()
    if link is None:
        raise Http404
    target, now = _target(delivery, link), clock.now()
    request_id = tracking_requests.record(
        delivery_id=delivery.pk,
        kind=TrackingRequest.Kind.PROBE if is_probe else TrackingRequest.Kind.CLICK,
        now=now,
        signs=signs.of_request("click", request.headers, request.address),
        network=signs.network_of(request.address),
        link_id=link.pk,
    )
    minute = int(now.timestamp()) // 60
    return target if is_probe or request_id is None else afterwards.marked(target, request_id, minute)


def record_trap(*, delivery_id: uuid.UUID, request: Request, clock: Clock = SYSTEM) -> None:
    """Notes that somebody followed the link that nobody can see: a machine that follows all there are."""
    tracking_requests.record(
        delivery_id=delivery_id,
        kind=TrackingRequest.Kind.TRAP,
        now=clock.now(),
        signs=signs.of_request("click", request.headers, request.address),
        network=signs.network_of(request.address),
        at_once=True,
    )


def record_leaving(*, delivery_id: uuid.UUID, request: Request, clock: Clock = SYSTEM) -> None:
    """Notes that the unsubscribe page was opened, which changes nothing: a sweep over all links comes there too."""
    network = signs.network_of(request.address)
    tracking_requests.record(
        delivery_id=delivery_id, kind=TrackingRequest.Kind.LEAVE, now=clock.now(), network=network
    )


def record_reported(delivery: Delivery, kind: str, at: dt.datetime, *, sign: str, url: str = "") -> None:
    """Notes what a device, an app or a provider said of its message: `open` or `click`, and of which link."""
    link = content.links(delivery.send.template_version_id).filter(url=url).first() if url else None
    tracking_requests.record(
        delivery_id=delivery.pk,
        kind=kind,
        now=at,
        signs=[sign] if sign else [],
        link_id=link.pk if link else None,
        at_once=bool(sign),
    )


@transaction.atomic
def unsubscribe(
    *, delivery_id: uuid.UUID, source: str, request: Request | None = None, clock: Clock = SYSTEM
) -> None:
    """Withdraws consent to this delivery's purpose on its channel; doing it twice changes nothing more.

    Whoever it was: an opt-out is never refused for looking like a machine's. That is only told beside it.
    """
    delivery = queries.addressed(delivery_id)
    person, send = _person(delivery), delivery.send
    now = clock.now()
    if person is None:
        fact = consent.WithdrawnAddress(send.purpose.key, send.channel, delivery.address, now, source)
        consent.withdraw_addresses([fact], clock=clock)
        return
    consent.record(
        actor=access.for_person(str(person.pk)),
        person_id=person.pk,
        purpose=send.purpose.key,
        channel=send.channel,
        state="withdrawn",
        at=now,
        source=source,
        evidence={"delivery": str(delivery.pk), send.origin: send.origin_id},
        addresses=(delivery.address,),
        clock=clock,
    )
    _note_unsubscribe(delivery, source, request or Request(), now)
    audit.record(
        actor=access.for_person(str(person.pk)),
        action="delivery.unsubscribed",
        object_type="delivery",
        object_id=delivery.pk,
        clock=clock,
    )


def _note_unsubscribe(delivery: Delivery, source: str, request: Request, now: dt.datetime) -> None:
    """A mail program's one click (RFC 8058) comes from the provider's servers, so program and address say nothing."""
    if source == "one-click":
        seen, network = ["mailbox_provider"], ""
    elif source in {"reply", "unsubscribe mail"}:  # sent by hand
        seen, network = ["button"], ""
    else:
        seen = ["button", *signs.of_request("unsubscribe", request.headers, request.address)]
        network = signs.network_of(request.address)
    tracking_requests.record(
        delivery_id=delivery.pk, kind=TrackingRequest.Kind.UNSUBSCRIBE, now=now, signs=seen, network=network
    )


def _person(delivery: Delivery) -> Person | None:
    """Who the delivery is about now, unless they asked to be forgotten."""
    person = delivery.person
    if person is not None and person.merged_into_id is not None:
        person = Person.objects.filter(pk=people.survivor_of([person.pk])[person.pk]).first()
    return None if person is None or person.erased_at else person


def _target(delivery: Delivery, link: Link) -> str:
    """The stored address with the person's own parts filled in. Raises Http404 when that is impossible."""
    try:
        target = safe_url(Program(link.url).render(_context(delivery)) if "{" in link.url else link.url)
    except TemplateError as error:
        raise Http404 from error
    if not target.lower().startswith(("http://", "https://")):
        raise Http404
    return target


def _context(delivery: Delivery) -> dict[str, object]:
    person = _person(delivery)
    context: dict[str, object] = {"workspace": workspace_context(workspace(), sender(marketing=True).name)}
    context |= {"person": {}, "data": delivery.data}
    context |= {variable.name: delivery.context.get(variable.name, {}) for variable in LIQUID_VARIABLES}
    if person is not None:
        context["person"] = Recipient(person.pk, person.name, person.email, person.traits).context()
    return context
