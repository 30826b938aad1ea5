"""What is to be written into connected systems waits in rows; each thing once, however often it changes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction

from rapport.connectors import queries
from rapport.connectors.meanings import CUSTOMER_ID
from rapport.connectors.models import Connector, Outgoing
from rapport.connectors.registry import CONNECTORS
from rapport.connectors.services import ours
from rapport.core import jobs
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.people.models import Identifier
from rapport.people.registry import Changes, Projection
from rapport.people.services import changes as changed

WRITE = "connectors.write"
# What may be an opt-out goes first.
URGENT = frozenset({changed.ANYTHING, changed.CONSENTS})


def wake(connector_id: uuid.UUID, *, clock: Clock = SYSTEM) -> None:
    """Has what waits written soon."""
    with suppress(jobs.AlreadyQueued):
        payload, key = {"connector": str(connector_id)}, f"connector-write:{connector_id}"
        jobs.enqueue(actor=system("connectors"), kind=WRITE, payload=payload, unique_key=key, clock=clock)


def queue(
    connector: Connector,
    thing: Outgoing.Thing,
    subjects: Iterable[str],
    now: dt.datetime,
    *,
    urgent: bool = False,
) -> None:
    """Lets them wait (again). What is urgent stays so until it is written."""
    rows = [
        Outgoing(
            connector=connector, thing=thing, subject=subject, queued_at=now, due_at=now, is_urgent=urgent
        )
        for subject in sorted(set(subjects))  # in one order, so that two do not wait for each other
    ]
    if not rows:
        return
    Outgoing.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["connector", "thing", "subject"], batch_size=2_000,
        update_fields=["state", "queued_at", "due_at", "tries", "reason", *(["is_urgent"] if urgent else [])],
    )  # fmt: skip
    wake(connector.pk)


@transaction.atomic
def project(changes: Changes, now: dt.datetime) -> None:
    """Persons changed: those who are customers of a system wait to be compared with it."""
    watched = {
        row: words
        for row in Connector.objects.filter(disabled_at=None).exclude(writes={})
        if (words := _words(row))
    }
    if not watched or not changes:
        return
    numbers = Identifier.objects.filter(person_id__in=changes, type=CUSTOMER_ID)
    pairs = list(numbers.values_list("person_id", "value"))
    for row, words in watched.items():
        begin = ours.prefix(row)
        theirs = [
            (value.removeprefix(begin), changes[person])
            for person, value in pairs
            if value.startswith(begin) and not words.isdisjoint(changes[person])
        ]
        queue(row, Outgoing.Thing.CUSTOMER, [name for name, what in theirs if URGENT.isdisjoint(what)], now)
        urgent = [name for name, what in theirs if not URGENT.isdisjoint(what)]
        queue(row, Outgoing.Thing.CUSTOMER, urgent, now, urgent=True)


def _words(connector: Connector) -> set[str]:
    """After which changes a customer of it is looked at; none when nothing of customers is written."""
    writing = queries.kind_of(connector).writing if connector.kind in CONNECTORS else None
    if writing is None or not (fields := ours.fields_of(connector, writing)):
        return set()
    segments = {changed.segment(key) for key in connector.writes.get("tags") or ()}
    return {changed.ANYTHING, changed.IDENTIFIERS, changed.CONSENTS, *map(changed.trait, fields), *segments}


PROJECTION = Projection("connectors", project, order=300)
