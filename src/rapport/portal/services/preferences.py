"""What customers choose for themselves: which purposes may reach them, and over which channels."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.http import Http404

from rapport.channels import queries as channels
from rapport.core import access
from rapport.core.clock import SYSTEM, Clock
from rapport.governance import queries
from rapport.governance.models import MARKETING, Consent, Purpose
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services import consent
from rapport.people import queries as people
from rapport.people.models import Person

SOURCE = "preference page"
# So long before its end a consent is renewed by saving the page.
RENEWED_BEFORE = dt.timedelta(days=60)


class Erased(LookupError):
    """The link is of somebody who was forgotten on request: there is nothing left to choose about."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One switch. `key` is "purpose/channel"."""

    key: str
    channel: str
    label: str
    on: bool
    ends_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    purpose: Purpose
    choices: list[Choice]


class Chosen(NamedTuple):
    """How many switches changed, and how many had been changed elsewhere since the page was shown."""

    changed: int
    overtaken: int


def person_of(person_id: uuid.UUID) -> Person:
    """The person of a signed link, or whom they were merged into. Raises Erased, Http404."""
    survivor = people.survivor_of([person_id]).get(person_id)
    person = Person.objects.filter(pk=survivor or person_id).first()
    if person is None:
        raise Http404
    if person.erased_at:
        raise Erased
    return person


def topics(person: Person, *, archived: bool = False, clock: Clock = SYSTEM) -> list[Topic]:
    """Every purpose that is the person's to decide, with a switch per channel in use; with `archived`, also of old.

    A switch says when its consent ends, once that is near.
    """
    labels = {kind.key: str(kind.label) for kind in channels.offered_channels()}
    for channel in Consent.objects.filter(person_id=person.pk).values_list("channel", flat=True):
        known_channel = CONSENT_CHANNELS.get(channel)
        labels.setdefault(channel, str(known_channel.label) if known_channel else channel)
    allowed = queries.allowed(person.pk, list(labels))
    standing = Consent.objects.filter(person_id=person.pk, state="granted").exclude(expires_at=None)
    ends = {
        (row.purpose_id, row.channel): row.expires_at
        for row in standing
        if row.expires_at and row.expires_at < clock.now() + RENEWED_BEFORE
    }
    purposes = Purpose.objects.filter(basis__in=MARKETING).order_by("position", "key")
    return [
        Topic(
            purpose,
            [
                Choice(
                    f"{purpose.key}/{channel}",
                    channel,
                    label,
                    (purpose.pk, channel) in allowed,
                    ends.get((purpose.pk, channel)) if (purpose.pk, channel) in allowed else None,
                )
                for channel, label in labels.items()
            ],
        )
        for purpose in (purposes if archived else purposes.filter(archived_at=None))
    ]


@transaction.atomic
def choose(
    *,
    person_id: uuid.UUID,
    wanted: set[str],
    shown: Mapping[str, bool] | None = None,
    nothing: bool = False,
    clock: Clock = SYSTEM,
) -> Chosen:
    """Records what differs from now. Raises Erased, Http404.

    A switch that was left as it was `shown` says nothing: a page that was open for long takes back neither a withdrawal
    nor a grant that came meanwhile. To leave one on whose consent ends soon renews it. Who wants `nothing` says so of
    switches that are off already, too: it holds for others with their address. And of archived purposes, which may be
    put back into use.
    """
    person = person_of(person_id)
    refused = {
        f"{purpose}/{channel}"
        for purpose, channel in Consent.objects.filter(person_id=person.pk, state="withdrawn").values_list(
            "purpose__key", "channel"
        )
    }
    changed = overtaken = 0
    for topic in topics(person, archived=nothing, clock=clock):
        for choice in topic.choices:
            is_wanted = choice.key in wanted and not nothing
            if not nothing and shown is not None and shown.get(choice.key) is is_wanted is not choice.on:
                overtaken += 1
                continue
            renewed = is_wanted and choice.ends_at is not None
            if is_wanted == choice.on and not renewed and not (nothing and choice.key not in refused):
                continue
            _record(person, topic.purpose, choice.channel, is_wanted, clock)
            changed += 1
    return Chosen(changed, overtaken)


def _record(person: Person, purpose: Purpose, channel: str, is_wanted: bool, clock: Clock) -> None:
    wording = purpose.description or purpose.name
    consent.record(
        actor=access.for_person(str(person.pk)),
        person_id=person.pk,
        purpose=purpose.key,
        channel=channel,
        state="granted" if is_wanted else "withdrawn",
        at=clock.now(),
        source=SOURCE,
        evidence={"wording": wording, "wording_sha256": hashlib.sha256(wording.encode()).hexdigest()},
        clock=clock,
    )
