"""The event log in a real NATS JetStream server."""

import asyncio
import datetime as dt
import json
import uuid

import psycopg
import pytest
from django.db import transaction

from rapport.bench.jetstream import Servers
from rapport.core import clickhouse as ch
from rapport.core.sql import dsn
from rapport.events.models import LogBatch, LogPosition, QuarantinedEvent, Source
from rapport.events.services import envelope, log, relay, stream
from rapport.events.services.log import jetstream, link, messages, reader
from rapport.events.services.log.base import LOCK
from rapport.people.queries import find

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Servers(tmp_path_factory.mktemp("nats")) as running:
        yield running.all[0]


@pytest.fixture
def nats(server, settings, request):
    """The log of this test alone."""
    settings.NATS_URL = server.url
    settings.NATS_PREFIX = f"t{abs(hash(request.node.name)) % 10**9}"
    settings.NATS_MAX_BYTES = 64 * 1024 * 1024
    reader._readers.clear()
    yield server
    reader._readers.clear()


def accepted(*ids, source=None, event="Ping", who="u1", refused=()):
    source = source or Source.objects.get_or_create(name="shop", defaults={"write_key": "wk_shop"})[0].pk
    calls = [{"type": "track", "event": event, "userId": who, "messageId": id_} for id_ in ids]
    events = [envelope.accept(json.dumps(call).encode(), type_="", received=NOW, sent=None) for call in calls]
    return log.Accepted(source, NOW, events, refused)


def capture(*requests):
    """Writes requests at once, as a web process does; their answers."""

    async def all_():
        writer = log.GroupWriter(dsn())
        try:
            return await asyncio.gather(
                *(writer.write(request) for request in requests), return_exceptions=True
            )
        finally:
            await writer.close()

    return asyncio.run(all_())


def messages_of(partition=0):
    return [entry for stored in reader.of(partition).after(0, 10**6) for entry in messages.read(stored.body)]


def test_events_travel_from_capture_over_jetstream_to_clickhouse_once(nats, live, actor):
    assert capture(accepted("m1", "m2"), accepted("m3")) == [None, None]
    capture(accepted("m2"))
    assert LogBatch.objects.count() == 0
    live.settle()
    assert find(actor, "user_id:u1")
    assert ch.scalar("SELECT count() FROM events WHERE event = 'Ping'") == 3


def test_requests_of_one_round_share_a_message(nats, db):
    async def one_round():
        from rapport.events.services.log.jetstream_store import JetStreamStore

        store = JetStreamStore(dsn())
        batch = [accepted_ for accepted_ in requests if accepted_.prepare()]
        await store.store(batch)
        await store.close()

    requests = [accepted(f"m{number}") for number in range(50)]
    asyncio.run(one_round())
    stored = reader.of(0).after(0, 10**6)
    assert [message.events for message in stored] == [50]


def test_what_is_larger_than_a_message_is_divided_and_nothing_is_left_out(nats, db, monkeypatch):
    monkeypatch.setattr("rapport.events.services.log.base.PIECE", 600)
    monkeypatch.setattr("rapport.events.services.log.messages.PIECE", 600)
    ids = [str(uuid.uuid4()) for _ in range(300)]
    assert capture(accepted(*ids)) == [None]
    message_ids = [event.message_id for entry in messages_of() for event in log.unpack(entry.payload)]
    assert message_ids == ids
    assert len(reader.of(0).after(0, 10**6)) > 5


def test_a_read_position_rolls_back_with_the_effects_and_the_events_come_again(nats, live):
    capture(accepted("m1"))
    with transaction.atomic():
        log.take(0, 100).settle()
        transaction.set_rollback(True)
    assert LogPosition.objects.filter(sequence__gt=0).count() == 0
    live.settle()
    assert ch.scalar("SELECT count() FROM events WHERE event = 'Ping'") == 1


def test_a_poisonous_event_is_quarantined_and_its_neighbours_pass_in_order(nats, live, monkeypatch):
    capture(accepted("m1"))
    capture(accepted("bad", event="Bad"))
    capture(accepted("m2"))
    process = stream.process

    def choking(items):
        if any(item.event.event == "Bad" for item in items):
            raise ValueError("indigestible")
        process(items)

    monkeypatch.setattr(stream, "process", choking)
    for _ in range(8):
        stream.run_once()
    live.settle()
    assert QuarantinedEvent.objects.get().reason == "ValueError: indigestible"
    assert ch.scalar("SELECT count() FROM events WHERE event = 'Ping'") == 2


def test_what_capture_refused_reaches_quarantine_over_the_log(nats, live):
    capture(accepted(refused=[("no type", b'{"x": 1}')]))
    assert QuarantinedEvent.objects.count() == 0
    live.settle()
    quarantined_event = QuarantinedEvent.objects.get()
    assert (quarantined_event.stage, quarantined_event.reason, bytes(quarantined_event.payload)) == (
        "capture",
        "no type",
        b'{"x": 1}',
    )


def test_a_message_that_nobody_can_read_is_set_aside_as_it_is(nats, live):
    jetstream.publish([messages.Message(0, [messages.Frame(999, NOW.timestamp(), 1, b"not zstd")])])
    capture(accepted("m1"))
    for _ in range(6):
        stream.run_once()
    live.settle()
    assert "cannot be read" in QuarantinedEvent.objects.get().reason
    assert ch.scalar("SELECT count() FROM events WHERE event = 'Ping'") == 1


def test_rows_appended_in_a_transaction_are_carried_to_jetstream(nats, live):
    request = accepted("m1", "m2")
    log.append(request.source_id, request.events, NOW)
    assert LogBatch.objects.count() == 1
    assert relay.run_once() == 1
    assert LogBatch.objects.count() == 0
    assert sum(entry.events for entry in messages_of()) == 2


def test_a_repeated_carrying_is_stored_once(nats, db):
    request = accepted("m1")
    for _ in range(2):
        log.carry(request.source_id, request.events, NOW, key="outbox-1-1")
    assert sum(entry.events for entry in messages_of()) == 1


def test_a_full_log_asks_clients_to_come_again(nats, db, settings):
    settings.NATS_MAX_BYTES = 4_000
    answers = [capture(accepted(*(f"{n}-{i}" for i in range(40))))[0] for n in range(30)]
    assert isinstance(answers[-1], log.Overloaded)


def test_room_is_made_once_the_effects_are_committed(nats, live):
    capture(accepted("m1"))
    live.settle()
    reader.of(0).remove_up_to(1)
    assert log.backlog()[0].entries == 0


def test_backlog_says_what_waits_and_since_when(nats, db):
    capture(accepted("m1"))
    capture(accepted("m2"))
    (waiting,) = log.backlog()
    assert waiting.entries == 2
    assert abs(dt.datetime.now(dt.UTC) - waiting.oldest) < dt.timedelta(minutes=1)


def test_a_stream_made_anew_is_read_from_its_start(nats, live):
    capture(accepted("m1"), accepted("m2"))
    live.settle()

    async def drop():
        await (await link.link().jetstream()).delete_stream(link.stream_name(0))

    link.link().run(drop())
    reader._readers.clear()
    capture(accepted("m3"))
    live.settle()
    assert ch.scalar("SELECT count() FROM events WHERE event = 'Ping'") == 3


def test_fewer_partitions_leave_nothing_behind(nats, live, settings):
    settings.EVENT_PARTITIONS = 4
    for number in range(20):
        capture(accepted(f"m{number}", who=f"u{number}"))
    stream.run_once()
    for number in range(20, 40):
        capture(accepted(f"m{number}", who=f"u{number}"))
    settings.EVENT_PARTITIONS = 1
    live.settle()
    assert ch.scalar("SELECT count() FROM events WHERE event = 'Ping'") == 40


def test_nothing_is_acknowledged_while_nats_is_away(db, settings):
    settings.NATS_URL = "nats://127.0.0.1:9"
    (answer,) = capture(accepted("m1"))
    assert isinstance(answer, log.Unavailable)


def test_a_partition_is_read_by_one_worker_at_a_time(nats, live):
    capture(accepted("m1"))
    with psycopg.connect(dsn()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        assert stream.run_once() == 0
    assert stream.run_once() == 1
