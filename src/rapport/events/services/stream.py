"""The stream: takes micro-batches off the event log and makes them persons, traits, consents and rows.

One transaction per micro-batch: deduplication, identity, traits, consents, the spool block for ClickHouse and
the removal from the log commit together or not at all. So a batch can be repeated after any crash, and its
effects are there once. One worker reads a partition at a time (an advisory lock), which keeps order per person.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec
from django.db import InterfaceError, OperationalError, transaction

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import spool
from rapport.core.services.watchdog import deadline
from rapport.events.models import QuarantinedEvent, Source
from rapport.events.services import apart, consents, effects, hearing, log, plan, rows, tries
from rapport.events.services.envelope import Event, encode
from rapport.events.services.identifiers import EXTERNAL, why_nobody
from rapport.people.services import changes, identity, sightings

logger = logging.getLogger("rapport.stream")
BATCH_EVENTS = 20_000
PUBLIC_KINDS = frozenset({Source.Kind.WEBSITE, Source.Kind.APP})
BATCH_SECONDS = 60.0
NOBODY = uuid.UUID(int=0)
DEVICE = b'"token"'
Unpacked = tuple[list[Event], bool, bool, bool]
NOTHING: Unpacked = ([], False, False, False)
SOURCES = "SELECT id, name, kind FROM events_source WHERE id = ANY(%b)"


class Item(msgspec.Struct, gc=False):
    """One event in the stream with what is known of its arrival."""

    event: Event
    source_id: int
    source: str
    received: dt.datetime
    key: bytes
    # The source's write key stands in a page or an app, so anybody may have sent this.
    public: bool = False
    # The context may name identifiers of its own; asked of a whole log entry at once.
    external: bool = True
    # The event may hold what cannot be read; asked likewise.
    suspect: bool = True
    # The context may name a device with a token for push messages; asked likewise.
    device: bool = False
    sighting: identity.Sighting | None = None
    person_id: uuid.UUID | None = None
    # Whose it stays when merges are undone: the id under which it is stored.
    home_id: uuid.UUID | None = None


def run_once(clock: Clock = SYSTEM, limit: int = BATCH_EVENTS) -> int:
    """Processes one micro-batch of every partition that is free; returns how many events were taken."""
    return sum(_run_partition(partition, limit, clock) for partition in log.partitions())


def _run_partition(partition: int, limit: int, clock: Clock) -> int:
    claim: log.Claim | None = None
    attempt: tries.Try | None = None
    try:
        with transaction.atomic():
            alone_to = tries.alone_to(partition)
            claim = log.take(partition, limit, alone_to)
            if claim is None:
                return 0
            attempt = tries.begin(partition, claim, clock.now(), is_alone=claim.first <= alone_to)
            _work_off(claim, attempt)
            claim.settle()
    except identity.Raced:
        logger.info("identifiers were linked by another worker; repeating the batch")
        if attempt:
            attempt.forgive(clock.now())
        return 0
    except (OperationalError, InterfaceError, log.Unavailable) as error:
        if attempt and apart.is_forgivable(error):
            attempt.forgive(clock.now())
        raise
    except Exception:
        if claim is None:
            raise
        logger.exception("a batch of %s log entries failed", len(claim.entries))
        return 0
    claim.committed()
    return max(1, sum(entry.events for entry in claim.entries))


def _work_off(claim: log.Claim, attempt: tries.Try) -> None:
    items = _items(claim, is_last_try=attempt.is_apart)
    if attempt.is_apart:
        apart.one_by_one(items, attempt, process)
        return
    with deadline(BATCH_SECONDS):
        process(items)


def _items(claim: log.Claim, *, is_last_try: bool) -> list[Item]:
    """The events of a claim. What cannot be an event any more is put into quarantine here."""
    ids = {entry.source_id for entry in claim.entries}
    sources_by_id = {pk: (name, kind) for pk, name, kind in sql.run(SOURCES, [list(ids)])}
    items: list[Item] = []
    for entry in claim.entries:
        source = entry.source_id if entry.source_id in sources_by_id else None
        for reason, raw in entry.refused:
            apart.set_aside(QuarantinedEvent.Stage.CAPTURE, source, reason, raw)
        events, external, suspect, device = _unpacked(entry, is_last_try) if entry.events else NOTHING
        if source is None:
            for event in events:
                reason = f"The source {entry.source_id} it came from does not exist any more."
                apart.set_aside(QuarantinedEvent.Stage.STREAM, None, reason, encode(event))
            continue
        name, kind = sources_by_id[source]
        public, received, head = kind in PUBLIC_KINDS, entry.received, f"{source}:".encode()
        items += [
            Item(
                event, source, name, received, _key(head, event.message_id), public, external, suspect, device
            )
            for event in events
        ]
    return items


def _unpacked(entry: log.Entry, is_last_try: bool) -> Unpacked:
    """The events of an entry; whether any may bring external ids, be unreadable, or name a device for push.

    An entry that stays unreadable is set aside as it is, so that it holds up nobody.
    """
    try:
        content = log.opened(entry.payload)
        return (
            log.events_in(content),
            EXTERNAL in content,
            apart.may_be_unreadable(content),
            DEVICE in content,
        )
    except Exception as error:
        if not is_last_try:
            raise
        reason = f"The log entry cannot be read: {type(error).__name__}: {error}"
        apart.set_aside(QuarantinedEvent.Stage.STREAM, None, reason, entry.payload)
        return NOTHING


def _key(head: bytes, message_id: str) -> bytes:
    return blake2b(head + message_id.encode(), digest_size=16).digest()


def process(items: Sequence[Item]) -> None:
    """Everything one micro-batch does, in the caller's transaction."""
    fresh = plan.check(_deduplicated(apart.readable(items)))
    if not fresh:
        return
    _sight(fresh)
    resolution = identity.resolve(
        [item.sighting for item in fresh if item.sighting], also=lambda: _written(fresh)
    )
    assigned = _assign(fresh)
    changed = effects.apply(assigned)
    moved = sightings.widen(_seen((item.person_id, item.event) for item in assigned))
    block = spool.put_joined("events", rows.joined(assigned), len(assigned))
    _add_happened(changed, assigned)
    for person in moved:
        changed.setdefault(person, set()).add(changes.SEEN)
    for person in resolution.created | resolution.changed:
        changed[person] = {changes.ANYTHING}
    changes.mark(changed, after_block=block)
    hearing.tell(assigned)


def _add_happened(changed: dict[uuid.UUID, set[str]], items: Sequence[Item]) -> None:
    """Adds of each person which events there are of them."""
    words: dict[str, str] = {}
    for item in items:
        event, person = item.event.event, item.person_id
        if person is not None:
            word = words.get(event) or words.setdefault(event, changes.event(event))
            changed.setdefault(person, set()).add(word)


# Says which were there already, which are few, rather than which were not.
_REMEMBER = """
    WITH added AS (
        INSERT INTO events_seenmessage (key, day) SELECT key, current_date FROM unnest(%b::uuid[]) AS new (key)
        ON CONFLICT (key) DO NOTHING RETURNING key
    )
    SELECT uuid_send(key) FROM unnest(%b::uuid[]) AS sent (key) WHERE key NOT IN (SELECT key FROM added)
"""


def _deduplicated(items: Sequence[Item]) -> list[Item]:
    first: dict[bytes, Item] = {}
    for item in items:
        first.setdefault(item.key, item)
    # In the order of the index, a page of it is looked for once.
    keys = sql.UuidArray(sorted(first))
    for (seen_before,) in sql.run(_REMEMBER, [keys, keys]):
        del first[bytes(seen_before)]
    return list(first.values())


def _sight(items: Sequence[Item]) -> None:
    for item in items:
        event = item.event
        if event.person_id is not None:
            continue
        # Anybody may send an alias with a public key, so it makes no two customers one.
        explicit = event.type == "alias" and not item.public
        item.sighting = identity.Sighting(
            effects.identifiers_of(event, external=item.external),
            event.at,
            event.message_id,
            item.source,
            explicit,
            item.public,
        )


def _written(items: Sequence[Item]) -> set[uuid.UUID]:
    """Persons whose traits, or first and last seen, this batch writes, as far as they are known; they are locked in
    one order before anything is.
    """
    exact = [item.event.person_id for item in items if item.event.person_id]
    survivors = effects.survivors(exact) if exact else {}
    persons = [
        (
            item.sighting.person_id if item.sighting else survivors.get(item.event.person_id or NOBODY),
            item.event,
        )
        for item in items
    ]
    with_traits = {person for person, event in persons if person and event.type == "identify"}
    return with_traits | sightings.due(_seen(persons)).keys()


def _assign(items: Sequence[Item]) -> list[Item]:
    """Gives each event its person; an event of nobody goes to quarantine."""
    exact = [item.event.person_id for item in items if item.event.person_id]
    survivors = effects.survivors(exact) if exact else {}
    assigned: list[Item] = []
    nobody: list[Item] = []
    for item in items:
        if item.sighting is not None:
            item.person_id, item.home_id = item.sighting.person_id, item.sighting.home_id
        elif item.event.person_id is not None:
            item.person_id = survivors.get(item.event.person_id)
            item.home_id = item.event.person_id
        (nobody if item.person_id is None else assigned).append(item)
    if nobody:
        for item in nobody:
            apart.quarantine(item, why_nobody(item.event))
        consents.stop_addresses(nobody)
        plan.forget(nobody)
    return assigned


def _seen(events: Iterable[tuple[uuid.UUID | None, Event]]) -> dict[uuid.UUID, sightings.Span]:
    """When each person was seen first and last; what our own services tell of a person is no sign of them."""
    return sightings.spans(
        (person, event.at) for person, event in events if person is not None and event.type != "system"
    )
