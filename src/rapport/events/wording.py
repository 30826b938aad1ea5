"""Turns stored events into what a timeline shows."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.clock import SYSTEM, Clock
from rapport.core.ui import formats
from rapport.events.registry import EVENT_DESCRIPTIONS, OTHER, EventDescription, TimelineRecord

log = logging.getLogger("rapport.events")
LONGEST = 500


def money(value: Decimal, currency: str) -> str:
    """A sum as people write it; without a currency, as a plain number."""
    return formats.money(value, currency.upper()) if currency.isalpha() else formats.number(value)


VISIT_PAUSE = dt.timedelta(minutes=30)
SHOWN_PRODUCTS = 4


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as people read it."""

    person_id: uuid.UUID
    message_id: str
    at: dt.datetime
    received_at: dt.datetime
    event: str
    type: str
    source: str
    kind: str
    icon: str
    sentence: str
    user_id: str = ""
    anonymous_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    # What the event is about, where that stands on the timeline as one thing.
    record: TimelineRecord | None = None

    @property
    def products(self) -> list[str]:
        """What was ordered, or is in the cart: “2 × Lantern”; of a long list the first ones and how many more."""
        listed = self.properties.get("products")
        named = [line for line in listed if isinstance(line, dict)] if isinstance(listed, list) else []
        lines = [_product(line) for line in named[:SHOWN_PRODUCTS]]
        more = len(named) - len(lines)
        return [*lines, ngettext("%(n)d more", "%(n)d more", more) % {"n": more}] if more else lines

    @property
    def cursor(self) -> str:
        """Where a timeline goes on after this event."""
        return f"{self.at.isoformat()}~{self.message_id}"

    @property
    def order(self) -> int:
        """Milliseconds, by which a page sorts what arrives late into its place."""
        return int(self.at.timestamp() * 1000)

    @property
    def arrival(self) -> int:
        return int(self.received_at.timestamp() * 1000)


def _product(line: dict[str, Any]) -> str:
    name = str(line.get("name") or line.get("sku") or line.get("product_id") or "–")[:80]
    quantity = line.get("quantity", 1)
    return f"{quantity} × {name}" if isinstance(quantity, int | float) and quantity != 1 else name


def happening(row: dict[str, Any]) -> Happening:
    """From a row of the `events` table. An event nobody described is told by its name and its first facts."""
    properties, context = row.get("properties") or {}, row.get("context") or {}
    description = EVENT_DESCRIPTIONS.get(row["event"])
    sentence = _told(description, properties, context) or unknown(row["event"], properties)
    return Happening(
        person_id=uuid.UUID(str(row["person_id"])),
        message_id=row["message_id"],
        at=_aware(row["at"]),
        received_at=_aware(row["received_at"]),
        event=row["event"],
        type=row["type"],
        source=row["source"],
        kind=description.kind if description else OTHER.name,
        icon=description.icon if description else OTHER.icon,
        sentence=sentence,
        user_id=row.get("user_id", ""),
        anonymous_id=row.get("anonymous_id", ""),
        properties=properties,
        context=context,
    )


def _told(description: EventDescription | None, properties: dict[str, Any], context: dict[str, Any]) -> str:
    """What the description says of the event, or nothing when it cannot cope with what somebody sent.

    Anybody with a page's key may send an event; one that could not be told would take the pages of all away.
    """
    if description is None:
        return ""
    try:
        return description.sentence(properties, context)[:LONGEST]
    except Exception:
        log.warning("the description of a %s event failed", description.kind, exc_info=True)
        return ""


def unknown(event: str, properties: dict[str, Any]) -> str:
    details = [
        f"{name}: {str(value)[:40]}"
        for name, value in properties.items()
        if isinstance(value, str | int | float) and value != ""
    ][:2]
    return _("%(event)s (%(facts)s)") % {"event": event, "facts": ", ".join(details)} if details else event


@dataclass(frozen=True, slots=True)
class Day:
    """The events of one calendar day in the reader's zone, newest first."""

    date: dt.date
    events: list[Happening]

    def lines(self) -> list[tuple[Happening, str]]:
        """Each event, and over the newest of a visit of several pages how many these were."""
        lines, start = [], 0
        for number, event in enumerate(self.events):
            following = self.events[number + 1] if number + 1 < len(self.events) else None
            if following is not None and _one_visit(event, following):
                continue
            visit = self.events[start : number + 1]
            words = ngettext("Visit: %(n)d page", "Visit: %(n)d pages", len(visit)) % {"n": len(visit)}
            lines += [(seen, words if seen is visit[0] and len(visit) > 1 else "") for seen in visit]
            start = number + 1
        return lines

    def label(self, clock: Clock = SYSTEM) -> str:
        """Today, yesterday, or the day itself; templates call it."""
        today = timezone.localtime(clock.now()).date()
        if self.date == today:
            return _("Today")
        if self.date == today - dt.timedelta(days=1):
            return _("Yesterday")
        return formats.day(self.date)


def _one_visit(event: Happening, earlier: Happening) -> bool:
    """Whether two events that follow each other are of one visit: pages, at most half an hour apart."""
    return event.kind == earlier.kind == "visits" and event.at - earlier.at <= VISIT_PAUSE


def by_day(events: list[Happening]) -> list[Day]:
    """Groups events that are sorted newest first by the reader's day."""
    days: list[Day] = []
    for event in events:
        date = timezone.localtime(event.at).date()
        if not days or days[-1].date != date:
            days.append(Day(date, []))
        days[-1].events.append(event)
    return days


def _aware(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


# Events become visible some moments after they were received, and not in order: each look of a live page asks
# again for the last seconds, and leaves out what it shows already.
OVERLAP = dt.timedelta(seconds=15)


def seen_until(milliseconds: str, clock: Clock = SYSTEM) -> dt.datetime:
    """From when on a live page that has seen everything up to `milliseconds` is to be told again."""
    try:
        seen = dt.datetime.fromtimestamp(int(milliseconds) / 1000, dt.UTC)
    except (ValueError, OverflowError, OSError):
        seen = clock.now()
    return max(seen, dt.datetime(2000, 1, 1, tzinfo=dt.UTC)) - OVERLAP


def newest_arrival(events: list[Happening]) -> int:
    """The latest arrival in milliseconds, for the next look of a live page; 0 when there was nothing."""
    return max((happening.arrival for happening in events), default=0)
