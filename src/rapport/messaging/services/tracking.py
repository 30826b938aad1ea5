"""Opens, clicks and unsubscribes: recorded once per delivery and link, each an event."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.http import Http404

from rapport.channels.queries import sender
from rapport.content import queries as content
from rapport.content.models import Link
from rapport.content.services.links import safe_url
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Recipient, workspace_context
from rapport.core import access
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit, outbox
from rapport.governance.services import consent
from rapport.messaging import queries
from rapport.messaging.models import Delivery, Engagement
from rapport.messaging.services import machines, message_events
from rapport.messaging.services.machines import Humanity
from rapport.people import queries as people
from rapport.people.models import Person

EVENTS = {"open": "Message Opened", "click": "Message Clicked", "unsubscribe": "Unsubscribed"}
MOST_EVENTS = 20  # of one kind and link; later ones are only counted, so that nobody floods the log


def record_open(*, delivery_id: uuid.UUID, headers: Mapping[str, str], clock: Clock = SYSTEM) -> None:
    """Notes that the pixel of a delivery was loaded. Raises Http404."""
    delivery = queries.addressed(delivery_id)
    now = clock.now()
    humanity = machines.judge(headers, _since(delivery, now), kind="open")
    _record(delivery, "open", None, humanity, now)


def record_click(
    *,
    delivery_id: uuid.UUID,
    position: int,
    headers: Mapping[str, str],
    count: bool = True,
    clock: Clock = SYSTEM,
) -> str:
    """Notes a click (unless `count` is false) and returns where it leads. Raises Http404."""
    delivery = queries.addressed(delivery_id)
    link = content.links(delivery.send.template_version_id).filter(position=position).first()
    if link is None:
        raise Http404
    if count:
        now = clock.now()
        humanity = machines.judge(headers, _since(delivery, now), kind="click")
        _record(delivery, "click", link, humanity, now)
    return _target(delivery, link)


def record_reported(delivery: Delivery, kind: str, humanity: Humanity, now: dt.datetime) -> None:
    """Notes what a device said of its message: `open` or `click`."""
    _record(delivery, kind, None, humanity, now)


@transaction.atomic
def unsubscribe(*, delivery_id: uuid.UUID, source: str, clock: Clock = SYSTEM) -> None:
    """Withdraws consent to this delivery's purpose on its channel; doing it twice changes nothing more."""
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
    _record(delivery, "unsubscribe", None, Humanity(1.0, source), now)
    audit.record(
        actor=access.for_person(str(person.pk)),
        action="delivery.unsubscribed",
        object_type="delivery",
        object_id=delivery.pk,
        clock=clock,
    )


def _person(delivery: Delivery) -> Person | None:
    """Who the delivery is about now, unless they asked to be forgotten."""
    person = delivery.person
    if person is not None and person.merged_into_id is not None:
        person = Person.objects.filter(pk=people.survivor_of([person.pk])[person.pk]).first()
    return None if person is None or person.erased_at else person


def _since(delivery: Delivery, now: dt.datetime) -> float | None:
    sent = delivery.finished_at or delivery.handed_over_at
    return (now - sent).total_seconds() if sent else None


@transaction.atomic
def _record(delivery: Delivery, kind: str, link: Link | None, humanity: Humanity, now: dt.datetime) -> None:
    row, created = Engagement.objects.select_for_update().get_or_create(
        delivery=delivery,
        kind=kind,
        link=link,
        defaults={
            "first_at": now,
            "last_at": now,
            "human_probability": humanity.probability,
            "human_reason": humanity.reason[:64],
        },
    )
    if not created:
        Engagement.objects.filter(pk=row.pk).update(times=F("times") + 1, last_at=now)
        row.times += 1
        if humanity.probability > row.human_probability:
            Engagement.objects.filter(pk=row.pk).update(
                human_probability=humanity.probability, human_reason=humanity.reason[:64]
            )
    if kind == "unsubscribe" and not created:
        return
    _emit(delivery, row, link, humanity, now)


def _emit(
    delivery: Delivery, row: Engagement, link: Link | None, humanity: Humanity, now: dt.datetime
) -> None:
    person = _person(delivery)
    if person is None or row.times > MOST_EVENTS:
        return
    description = queries.descriptions([delivery.send])[delivery.send_id]
    properties = message_events.properties(delivery.pk, delivery.channel, description) | {
        "human_probability": humanity.probability,
        "human_reason": humanity.reason,
    }
    if link is not None:
        properties |= {"link": link.url, "link_position": link.position}
    suffix = f"{row.kind}:{link.position if link else 0}:{row.times}"
    message_id = f"{delivery.pk}:{suffix}"
    outbox.emit(EVENTS[row.kind], person_id=person.pk, properties=properties, message_id=message_id, at=now)


def _target(delivery: Delivery, link: Link) -> str:
    """The stored address with the person's own parts filled in. Raises Http404 when that is impossible."""
    person = _person(delivery)
    context = {"workspace": workspace_context(workspace(), sender(marketing=True).name), "person": {}}
    context["data"] = delivery.data
    if person is not None:
        context["person"] = Recipient(person.pk, person.name, person.email, person.traits).context()
    try:
        target = safe_url(Program(link.url).render(context))
    except TemplateError as error:
        raise Http404 from error
    if not target.lower().startswith(("http://", "https://")):
        raise Http404
    return target
