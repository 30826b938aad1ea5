"""The worker's loop that judges who opened, clicked and left, keeps the figures, and tells the events.

A request is judged once it has waited, and again when something later speaks for another judgement: the hidden link,
a sweep over many people's messages, a page that was visited. Events are immutable, so a judgement that changes sides
after its event is told again: `Message Reassessed` says that it was a machine after all; what turns out human goes out
once more as `Message Opened` or `Message Clicked`. Figures and segments read what is judged now.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.messaging import queries
from rapport.messaging.models import Delivery, Engagement, TrackingRequest
from rapport.messaging.registry import Description
from rapport.messaging.services import evidence, message_events, surroundings
from rapport.messaging.services.evidence import Judgement
from rapport.people import queries as people
from rapport.people.models import Person
from rapport.people.services.changes import mark_changed

EVENTS = {"open": "Message Opened", "click": "Message Clicked", "unsubscribe": "Unsubscribed"}
REASSESSED = "Message Reassessed"
MOST_EVENTS = 20  # of one kind and link; later ones are only counted, so that nobody floods the log
BATCH = 500
CHANGED = "engagement"  # what `people.services.changes` is told
_NUMBER = """
UPDATE messaging_trackingrequest v SET number = n.number
FROM unnest(%b::bigint[], %b::smallint[]) AS n (id, number) WHERE v.id = n.id
"""
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('messaging.judging'))"


Place = tuple[str, int | None]  # kind and link


@dataclass(frozen=True, slots=True)
class Judged:
    request: TrackingRequest
    judgement: Judgement
    is_new: bool


@dataclass(slots=True)
class Changes:
    """What a batch writes, all at once."""

    rows: list[Engagement] = field(default_factory=list)
    requests: list[TrackingRequest] = field(default_factory=list)
    events: list[DomainEvent] = field(default_factory=list)
    persons: set[uuid.UUID] = field(default_factory=set)

    def save(self) -> None:
        Engagement.objects.bulk_create([row for row in self.rows if row.pk is None])
        changed = ["times", "last_at", "human_probability", "human_reasons", "told_human"]
        Engagement.objects.bulk_update([row for row in self.rows if row.pk is not None], changed)
        numbers = [[request.pk for request in self.requests], [request.number for request in self.requests]]
        sql.run(_NUMBER, numbers)
        outbox.emit_many(self.events)
        mark_changed(self.persons, CHANGED)


@transaction.atomic
def run_once(clock: Clock = SYSTEM) -> int:
    """Judges what is due; returns how many requests that were."""
    # One judge at a time: what it decides about an address concerns many messages.
    if not sql.run(_LOCK)[0][0]:
        return 0
    now = clock.now()
    due = claim_rows(TrackingRequest.objects.filter(due_at__lte=now).order_by("due_at", "pk"), limit=BATCH)
    if not due:
        return 0
    due_ids = {request.pk for request in due}
    _judge({request.delivery_id for request in due} | surroundings.neighbours(due_ids), due_ids, now)
    TrackingRequest.objects.filter(pk__in=due_ids).update(due_at=None)
    return len(due)


def _judge(delivery_ids: set[uuid.UUID], due: set[int], now: dt.datetime) -> None:
    deliveries = Delivery.objects.select_related("send").in_bulk(list(delivery_ids))
    requests: dict[uuid.UUID, list[TrackingRequest]] = defaultdict(list)
    for request in (
        TrackingRequest.objects.filter(delivery__in=deliveries).select_related("link").order_by("at", "pk")
    ):
        requests[request.delivery_id].append(request)
    rows: dict[uuid.UUID, dict[Place, Engagement]] = defaultdict(dict)
    for row in Engagement.objects.filter(delivery__in=deliveries):
        rows[row.delivery_id][row.kind, row.link_id] = row
    sent = {pk: row.finished_at or row.handed_over_at for pk, row in deliveries.items()}
    around = surroundings.around(requests, sent)
    persons = _persons(deliveries.values())
    described = queries.descriptions({delivery.send for delivery in deliveries.values()})
    changes = Changes()
    for pk, delivery in deliveries.items():
        person = persons.get(delivery.person_id) if delivery.person_id else None
        telling = _Telling(delivery, described[delivery.send_id], person, rows[pk], changes, now)
        for group in _groups(requests[pk], around, due).values():
            telling.take(group)
    changes.save()


def _groups(
    requests: Iterable[TrackingRequest], around: surroundings.Surroundings, due: set[int]
) -> dict[Place, list[Judged]]:
    """By kind and link, the requests that have waited, each with its judgement."""
    groups: dict[Place, list[Judged]] = defaultdict(list)
    for request in requests:
        is_new = not request.number
        if request.kind in EVENTS and (request.pk in due or not is_new):
            judgement = evidence.judge(request.kind, around.signs(request))
            groups[request.kind, request.link_id].append(Judged(request, judgement, is_new))
    return groups


def _persons(deliveries: Iterable[Delivery]) -> dict[uuid.UUID, uuid.UUID]:
    """{person of the delivery: who they are now}, without those who asked to be forgotten."""
    survivors = people.survivor_of([row.person_id for row in deliveries if row.person_id])
    living = Person.objects.filter(pk__in=set(survivors.values()), erased_at=None).values_list(
        "pk", flat=True
    )
    known_ids = set(living)
    return {home: survivor for home, survivor in survivors.items() if survivor in known_ids}


class _Telling:
    """What the judgements about one message change, and the events that say so."""

    def __init__(
        self,
        delivery: Delivery,
        description: Description,
        person: uuid.UUID | None,
        rows: Mapping[Place, Engagement],
        changes: Changes,
        now: dt.datetime,
    ) -> None:
        self.delivery, self.person, self.now = delivery, person, now
        self.rows, self.changes = rows, changes
        self._properties = message_events.properties(delivery.pk, delivery.channel, description)

    def take(self, group: Sequence[Judged]) -> None:
        """Brings the row of a kind and link up to date."""
        first, new = group[0].request, [judged for judged in group if judged.is_new]
        best = max(group, key=lambda judged: judged.judgement.probability).judgement
        row = self.rows.get((first.kind, first.link_id))
        if row is None:
            row = Engagement(delivery=self.delivery, kind=first.kind, link_id=first.link_id)
            row.first_at, row.times = first.at, 0
        elif row.times + len(new) > len(group) and row.human_probability > best.probability:
            # The best of all was so long ago that its request is gone; it stands.
            best = Judgement(row.human_probability, tuple(row.human_reasons))
        before = (row.human_probability, row.human_reasons, row.told_human) if row.pk else None
        numbered = self._tell_new(row, new)
        self._tell_again(row, best, group, numbered)
        row.times += len(new)
        row.last_at = max(judged.request.at for judged in group)
        row.human_probability, row.human_reasons = best.probability, list(best.reasons)
        row.told_human = best.is_human
        if new or before != (row.human_probability, row.human_reasons, row.told_human):
            self.changes.rows.append(row)
            if self.person:
                self.changes.persons.add(self.person)

    def _tell_new(self, row: Engagement, new: Sequence[Judged]) -> list[Judged]:
        """An event for each request that nothing was told of yet; those that were told."""
        told_now = []
        for number, judged in enumerate(new, row.times + 1):
            judged.request.number = min(number, MOST_EVENTS + 1)
            self.changes.requests.append(judged.request)
            if number > MOST_EVENTS or (row.kind == "unsubscribe" and number > 1):
                continue
            told_now.append(judged)
            self._emit(EVENTS[row.kind], judged, str(number))
        return told_now

    def _tell_again(
        self, row: Engagement, best: Judgement, group: Sequence[Judged], told_now: Sequence[Judged]
    ) -> None:
        """When what was told is no longer so, and no event of today says it."""
        if row.told_human is None or row.told_human == best.is_human or not row.times:
            return
        if any(judged.judgement.is_human == best.is_human and best.is_human for judged in told_now):
            return
        judged = max(group, key=lambda judged: judged.judgement.probability)
        moment = int(self.now.timestamp())
        if best.is_human:
            self._emit(EVENTS[row.kind], judged, f"human:{moment}", reassessed=True)
        else:
            self._emit(REASSESSED, judged, f"machine:{moment}", event=EVENTS[row.kind])

    def _emit(self, name: str, judged: Judged, suffix: str, **more: object) -> None:
        if self.person is None:
            return
        request, judgement = judged.request, judged.judgement
        properties = self._properties | {
            "human_probability": judgement.probability,
            "human_reasons": list(judgement.reasons),
            **more,
        }
        if request.link is not None:
            properties |= {"link": request.link.url, "link_position": request.link.position}
        message_id = (
            f"{self.delivery.pk}:{request.kind}:{request.link.position if request.link else 0}:{suffix}"
        )
        at = self.now if more else request.at
        self.changes.events.append(DomainEvent(name, self.person, properties, message_id, at))
