"""Over which of its channels a campaign reaches whom: the first one that the gate would let through now."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from rapport.campaigns.models import Campaign
from rapport.campaigns.services.ordering import by_channel
from rapport.messaging.models import Send
from rapport.messaging.queries.reach import refusals_of


def placed(campaign: Campaign, people: Sequence[uuid.UUID], now: dt.datetime) -> dict[uuid.UUID, Send]:
    """{person: the one send that is theirs}. Whom no channel reaches is in that of the first, which says why."""
    channels = by_channel(campaign)
    first = next(iter(channels.values()))
    if len(channels) == 1:
        return dict.fromkeys(people, first)
    given: dict[uuid.UUID, Send] = {}
    left = list(people)
    for channel, send in channels.items():
        refused = refusals_of(left, campaign.purpose, channel, now)
        given |= {person: send for person in left if not refused.get(person, "gone")}
        left = [person for person in left if person not in given]
    return dict.fromkeys(left, first) | given
