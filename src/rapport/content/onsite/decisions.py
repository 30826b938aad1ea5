"""Which messages a visitor may see, and what became of them. Personal only for who is recognised with consent."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F

from rapport.content.onsite import live, trials
from rapport.content.onsite.models import OnSiteExposure, OnSiteMessage
from rapport.content.services.liquid import Program, one_budget
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Recipient
from rapport.core.clock import VirtualClock
from rapport.core.services import outbox
from rapport.people.models import Person
from rapport.people.registry import Mergeable, Pair
from rapport.segments.queries import segments

# A script in a browser saw it happen (see docs/reference/human-or-machine.md).
BY_A_BROWSER = {"human_probability": 0.99, "human_reasons": ["device_report"]}
EVENTS = {
    "shown": "On-site Message Shown",
    "clicked": "Message Clicked",  # as over any other channel
    "dismissed": "On-site Message Dismissed",
}
MOST_ASKED = 100
MOST_EVENTS = 20  # showings of one message to one person; later ones are only counted


def decide(
    person_id: uuid.UUID | None,
    now: dt.datetime,
    *,
    person: Person | None = None,
    slots: Collection[str] | None = None,
    visitor: str = "",
    passing: str = "",
) -> list[dict[str, Any]]:
    """What the visitor may be shown now, most important first; pages and pauses are the browser's to look at.

    With `slots` only what is for these, of each slot once. Tests draw by the `visitor`, who is noted, or else by
    `passing`, which is not.
    """
    rows = [row for row in live.messages() if _is_due(row, now, slots)][:MOST_ASKED]
    if not rows:
        return []
    if person is None and person_id:
        person = Person.objects.filter(pk=person_id, erased_at=None, restricted_at=None).first()
    keys: set[str] = set()
    exposures: dict[uuid.UUID, OnSiteExposure] = {}
    if person is not None:
        if any(row.segment for row in rows):
            keys = {membership.segment.key for membership in segments.segments_of(person.pk)}
        exposures = {row.message_id: row for row in OnSiteExposure.objects.filter(person=person)}
    context = _context(person)
    rows = [row for row in rows if _is_for(row, keys, exposures.get(row.pk))]
    own = person.pk if person else None
    rows = trials.chosen(rows, person_id=own, visitor=visitor, passing=passing, clock=VirtualClock(now))
    if slots is not None:
        # One of each; what is beneath it is not read.
        rows = list({row.slot: row for row in reversed(rows)}.values())
    with one_budget():
        return [shown for row in rows if (shown := _rendered(row, exposures.get(row.pk), context))]


def _is_due(row: OnSiteMessage, now: dt.datetime, slots: Collection[str] | None) -> bool:
    """Whether its time is now, and its place one of those that are asked for."""
    begun = row.live_at is not None and row.live_at <= now and (row.starts_at is None or row.starts_at <= now)
    here = not row.fills_slot if slots is None else row.fills_slot and row.slot in slots
    return begun and here and (row.ends_at is None or row.ends_at > now)


def _is_for(row: OnSiteMessage, keys: set[str], exposure: OnSiteExposure | None) -> bool:
    if row.segment and row.segment not in keys:
        return False
    if exposure is None:
        return True
    if row.fills_slot:  # part of the page: it stays until somebody closes it
        return exposure.dismissed_at is None
    return not (exposure.dismissed_at or exposure.clicked_at or exposure.shown >= row.most_times)


def _context(person: Person | None) -> dict[str, Any]:
    own = Recipient(person.pk, person.name, person.email, person.traits).context() if person else {}
    return {"person": own, "workspace": live.business()}


def _rendered(
    row: OnSiteMessage, exposure: OnSiteExposure | None, context: dict[str, Any]
) -> dict[str, Any] | None:
    try:
        title, body = (_program(text).render(context) for text in (row.title, row.body))
    except TemplateError:
        return None
    return {
        **appearance(row),
        "title": title,
        "body": body,
        "pages": row.pages.split(),
        "most": row.most_times - (exposure.shown if exposure else 0),
        "pause": row.pause_hours,
        "at": int(exposure.shown_at.timestamp() * 1000) if exposure and exposure.shown_at else 0,
    }


@functools.lru_cache(maxsize=500)
def _program(text: str) -> Program:
    return Program(text)


def appearance(row: OnSiteMessage) -> dict[str, Any]:
    """What a message looks like, as the script draws it; its texts are as they were written."""
    names = ("format", "place", "slot", "title", "body", "image", "url", "label", "color",
             "form", "trigger", "trigger_at")  # fmt: skip
    return {"id": str(row.pk), **{name: getattr(row, name) for name in names}}


@transaction.atomic
def report(*, message_id: uuid.UUID, person_id: uuid.UUID | None, what: str, now: dt.datetime) -> None:
    """Notes that it was shown, clicked or dismissed; for who is nobody yet, only the number grows."""
    message = OnSiteMessage.objects.filter(pk=message_id).exclude(live_at=None).first()
    if message is None or what not in EVENTS:
        return
    if person_id is None:
        OnSiteMessage.objects.filter(pk=message_id).update(**{what: F(what) + 1})
        return
    OnSiteExposure.objects.bulk_create(
        [OnSiteExposure(message=message, person_id=person_id)], ignore_conflicts=True
    )
    row = OnSiteExposure.objects.select_for_update().get(message=message, person_id=person_id)
    is_again = what != "shown" and getattr(row, f"{what}_at") is not None
    setattr(row, f"{what}_at", now)
    row.shown += what == "shown"
    row.save()
    if is_again or (what == "shown" and row.shown > MOST_EVENTS):
        return
    properties: dict[str, Any] = {
        "on_site_message_id": str(message.pk),
        "name": message.name,
        "format": message.format,
        "channel": "on_site",
        **BY_A_BROWSER,
    }
    suffix = f"{what}:{row.shown}" if what == "shown" else what
    outbox.emit(
        EVENTS[what],
        person_id=person_id,
        properties=properties,
        message_id=f"{row.pk}:{message.pk}:{suffix}",
        at=now,
    )


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """What was seen goes with the person; where both saw a message, both times count."""
    snapshots: dict[uuid.UUID, Any] = {}
    persons = {person for pair in pairs for person in pair}
    if not OnSiteExposure.objects.filter(person_id__in=persons).exists():
        return snapshots
    for survivor, absorbed in pairs:
        before = list(OnSiteExposure.objects.filter(person_id=absorbed))
        own = {row.message_id: row for row in OnSiteExposure.objects.filter(person_id=survivor)}
        for row in before:
            present = own.get(row.message_id)
            if present is None:
                OnSiteExposure.objects.filter(pk=row.pk).update(person_id=survivor)
                continue
            present.shown += row.shown
            for name in ("shown_at", "clicked_at", "dismissed_at"):
                moments = [moment for moment in (getattr(present, name), getattr(row, name)) if moment]
                setattr(present, name, max(moments, default=None))
            present.save()
            row.delete()
        moved = [row.pk for row in before if row.message_id not in own]
        if moved:
            snapshots[absorbed] = moved
    return snapshots


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Gives back what only the absorbed person had seen."""
    survivor, absorbed = pair
    OnSiteExposure.objects.filter(pk__in=snapshot or [], person_id=survivor).update(person_id=absorbed)


MERGEABLE = Mergeable("on-site", ("content.OnSiteExposure.person",), merge, unmerge)
