"""Rebuilds orders, carts and subscriptions from the events in the event store: one order, or everything."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

from django.db import transaction

from rapport.commerce.models import Order
from rapport.commerce.services.order_facts import keeping, reading
from rapport.commerce.services.order_facts.hearing import HEARD, Happened, fact_of, stores_by_source
from rapport.commerce.services.order_facts.stored import StoredFact
from rapport.commerce.services.order_facts.vocabulary import meaning_of
from rapport.commerce.services.orders import projection
from rapport.core import jobs, sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import Job
from rapport.core.services import audit
from rapport.events.models import Source
from rapport.events.queries import replay
from rapport.people.queries import families, survivor_of

PAGE = 5_000
KIND = "commerce.rebuild"


def rebuild_order(*, actor: Actor, order: Order, clock: Clock = SYSTEM) -> int:
    """Reads the events that its facts came of again; returns how many the event store still has."""
    actor.require("orders.edit")
    with transaction.atomic():
        _lock()
        kept = keeping.facts_of([order.pk]).get(order.pk, [])
        homes = {fact.home for fact in kept if fact.home}
        members = (
            [member for ids in families(survivor_of(homes).values()).values() for member in ids]
            if homes
            else []
        )
        rows = replay.events_of([fact.message_id for fact in kept if fact.message_id], members)
        stored_facts = list(_read(rows))
        keeping.keep(stored_facts)
        projection.project({order.pk, *(fact.subject for fact in stored_facts)}, clock)
        audit.record(actor=actor, action="order.rebuilt", object_type="order", object_id=order.pk)
    return len(stored_facts)


@transaction.atomic
def order_rebuild(*, actor: Actor) -> Job:
    """Has everything rebuilt in the background. Raises AlreadyQueued."""
    actor.require("orders.edit")
    job = jobs.enqueue(actor=actor, kind=KIND, unique_key=KIND)
    audit.record(actor=actor, action="orders.rebuilt", object_type="order_settings", object_id=1)
    return job


def run(job: jobs.RunningJob) -> dict[str, Any]:
    """Reads every event about orders and carts again, oldest first, in pages; goes on where it stopped."""
    names = [name for name in replay.event_names() if meaning_of(name)]
    total = replay.count(names)
    done, place = int(job.payload.get("done", 0)), job.payload.get("place")
    while True:
        after = (dt.datetime.fromisoformat(place[0]), place[1]) if place else None
        rows = replay.page(names, after=after, limit=PAGE)
        if not rows:
            return {"events": done}
        with transaction.atomic():
            keeping.keep(list(_read(rows)))
            done, place = done + len(rows), [rows[-1]["at"].isoformat(), rows[-1]["message_id"]]
            Job.objects.filter(pk=job.row.pk).update(payload={"done": done, "place": place})
            job.step(done=done, total=max(total, done))


def _read(rows: Sequence[dict[str, Any]]) -> Iterator[StoredFact]:
    sources = {name: (pk, kind) for pk, name, kind in Source.objects.values_list("pk", "name", "kind")}
    stores = stores_by_source()
    public = {Source.Kind.WEBSITE, Source.Kind.APP}
    for row in rows:
        meaning = meaning_of(row["event"])
        if meaning is None or row["type"] not in HEARD:
            continue
        source_id, kind = sources.get(row["source"], (0, ""))
        key = blake2b(f"{source_id}:{row['message_id']}".encode(), digest_size=16).digest()
        yield fact_of(
            meaning,
            Happened(
                uuid.UUID(bytes=key), row["at"], row["event"], row["message_id"], row["source"], kind in public,
                bool(row["user_id"]) or row["type"] == "system", uuid.UUID(str(row["origin_id"])),
                reading.properties_of(row["properties"]),
            ),
            stores,
        )  # fmt: skip


def _lock() -> None:
    sql.run("SELECT pg_advisory_xact_lock(%b)", [projection.LOCK])
