"""Messages on a person's timeline: what each said, and the way to answer it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from django.urls import reverse

from rapport.core.access import Actor
from rapport.events.registry import TimelineRecord
from rapport.events.wording import Happening
from rapport.messaging.models import Delivery, InboundMessage
from rapport.messaging.services import conversation
from rapport.messaging.services.conversation import Wording
from rapport.people import queries as people

# Events that stand for a message itself, and the property that names it.
OUT, IN = ("Message Sent", "delivery_id"), ("Message Replied", "message_id")
MOST = 280
_ADDRESS = re.compile(r"<?https?://\S+")


def records(actor: Actor, events: Sequence[Happening]) -> dict[str, TimelineRecord]:
    """The messages that these events of a person tell of, by message id. Anybody may have sent an event, so only
    messages of this very person are shown."""
    if not actor.may("messages.view"):
        return {}
    out, came = _named(events, *OUT), _named(events, *IN)
    if not out and not came:
        return {}
    members = {
        pk for family in people.families({event.person_id for event in events}).values() for pk in family
    }
    sent = Delivery.objects.filter(pk__in=out, person_id__in=members).select_related("send", "answer")
    messages = InboundMessage.objects.filter(pk__in=came, person_id__in=members)
    messages_by_id: dict[uuid.UUID, tuple[str, Wording | None, bool]] = {
        row.pk: ("messaging:delivery", conversation.wording_as_sent(row), True) for row in sent
    }
    messages_by_id |= {row.pk: ("messaging:message", conversation.wording_of(row), False) for row in messages}
    return {
        event.message_id: _record(actor, event, pk, *messages_by_id[pk])
        for pk, event in (out | came).items()
        if pk in messages_by_id
    }


def _named(events: Sequence[Happening], name: str, place: str) -> dict[uuid.UUID, Happening]:
    named = {}
    for event in events:
        if event.event == name:
            try:
                named[uuid.UUID(str(event.properties.get(place)))] = event
            except ValueError:
                continue
    return named


def _record(
    actor: Actor, event: Happening, pk: uuid.UUID, page: str, wording: Wording | None, is_ours: bool
) -> TimelineRecord:
    tab = f"{reverse('people:profile', args=[event.person_id])}?tab=messages"
    return TimelineRecord(
        key=f"message:{pk}",
        newest=event.message_id,
        title=event.sentence,
        url=reverse(page, args=[pk]),
        icon=event.icon,
        subject=wording.subject if wording else "",
        text=_excerpt(wording) if wording else "",
        more_url=reverse("messaging:thread-content", args=[pk]) if is_ours and wording else "",
        goes_on_at=f"{tab}&to={pk}" if actor.may("messages.answer") else "",
    )


def _excerpt(wording: Wording) -> str:
    """How it begins, without the addresses that a text alternative is full of."""
    words = " ".join(_ADDRESS.sub("", wording.text[: 10 * MOST]).split())
    return words if len(words) <= MOST else words[:MOST].rsplit(" ", 1)[0] + " …"
