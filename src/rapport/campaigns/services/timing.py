"""When each recipient is due: by the clock where they live, spread over the hours, within the allowed ones."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rapport.campaigns.models import Campaign
from rapport.campaigns.services.ordering import shown_at
from rapport.campaigns.services.testing import workspace_zone
from rapport.channels.registry import channel_kind
from rapport.messaging.queries import sending_policy
from rapport.messaging.services.quiet import allowed_from, moment_of, zone_of
from rapport.people.queries.contact import contacts

MISSED_BY = dt.timedelta(
    hours=1
)  # whose clock showed the time longer ago than this waits for it until tomorrow
DAY = dt.timedelta(days=1)
Due = tuple[dt.datetime, dt.datetime]  # not before, not after


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day; those that begin at the same time as they end are all hours."""

    start: dt.time
    end: dt.time

    def opened(self, at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        """This moment, or the next at which the window is open."""
        return allowed_from(at, zone, self.end, self.start) or at

    def closes(self, at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        """When it closes after a moment at which it is open."""
        day = at.astimezone(zone).date()
        ends = (moment_of(dt.datetime.combine(day + dt.timedelta(days=n), self.end), zone) for n in range(3))
        return next(end for end in ends if end > at)

    def later(self, at: dt.datetime, wait: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
        """So much later, counting only while it is open."""
        at = self.opened(at, zone)
        while self.start != self.end and at + wait >= (end := self.closes(at, zone)):
            wait -= end - at
            at = self.opened(end, zone)
        return at + wait


def due(
    campaign: Campaign,
    people: Sequence[uuid.UUID],
    *,
    since: dt.datetime,
    now: dt.datetime,
    position: int = 0,
) -> dict[uuid.UUID, Due]:
    """{person: when}, for those who are the next after `position` of a send that began at `since`.

    Empty where nothing of the kind was chosen: they are due at once.
    """
    window = window_of(campaign)
    if not (campaign.is_local or campaign.per_hour or window):
        return {}
    lateness = dt.timedelta(hours=sending_policy().lateness_hours)
    zones = _zones(campaign, people) if campaign.is_local or window else {}
    here = workspace_zone()
    shown = shown_at(campaign, _meant(campaign, since)) if campaign.is_local else None
    result: dict[uuid.UUID, Due] = {}
    for place, person in enumerate(people, position):
        zone = zones.get(person, here)
        at = _local(shown, zone, now) if shown else max(since, now)
        if campaign.per_hour:
            wait = dt.timedelta(hours=place / campaign.per_hour)
            start = at if shown else since
            at = window.later(start, wait, here) if window else start + wait
        elif window:
            at = window.opened(at, zone)
        result[person] = (at, max(at, now) + lateness)
    return result


def window_of(campaign: Campaign) -> Window | None:
    if campaign.window_from is None or campaign.window_until is None:
        return None
    return Window(campaign.window_from, campaign.window_until)


def _meant(campaign: Campaign, since: dt.datetime) -> dt.datetime:
    """The time that was chosen, which the send does not say: it began when the first clock could show it, or later."""
    return campaign.planned_at or (campaign.send.requested_at if campaign.send else since)


def _local(shown: dt.datetime, zone: ZoneInfo, now: dt.datetime) -> dt.datetime:
    """When the clock there shows this time; that of the next day on which it does, if that was long ago."""
    late = (now - MISSED_BY).astimezone(zone).replace(tzinfo=None) - shown
    at = moment_of(shown + max(late, dt.timedelta(0)) // DAY * DAY, zone)
    return at if at >= now - MISSED_BY else moment_of(at.astimezone(zone).replace(tzinfo=None) + DAY, zone)


def _zones(campaign: Campaign, people: Sequence[uuid.UUID]) -> dict[uuid.UUID, ZoneInfo]:
    kind, here = channel_kind(campaign.channel), str(workspace_zone())
    homes = contacts(people, kind.identifier, kind.addresses)
    return {person: zone_of(contact.traits, here) for person, contact in homes.items()}
