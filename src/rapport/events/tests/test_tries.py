"""Whatever an event does to the stream, it ends in quarantine, and the others pass."""

import datetime as dt
import json
import logging
import subprocess
import sys

import psycopg
import pytest
from backports import zstd
from django.db import OperationalError

from rapport.core.clock import SYSTEM, VirtualClock
from rapport.events.models import LogBatch, QuarantinedEvent, SeenMessage, Source, StreamTry
from rapport.events.services import apart, envelope, log, quarantine, standstill, stream, tries
from rapport.people.models import Person
from rapport.people.services import identity

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


class ProcessEnded(BaseException):
    """What no code of ours catches, as a process that is killed."""


@pytest.fixture(autouse=True)
def beside():
    tries._run("DELETE FROM events_streamtry", [])
    yield
    tries._run("DELETE FROM events_streamtry", [])
    tries.close()


@pytest.fixture
def source():
    return Source.objects.create(name="shop", write_key="wk_shop")


def append(source, *ids, size=1, **call):
    """Entries of the log with `size` events."""
    call = {"type": "identify", "traits": {"plan": "pro"}} | call
    calls = [call | {"userId": f"u-{id_}", "messageId": id_} for id_ in ids]
    events = [envelope.accept(json.dumps(c).encode(), type_="", received=NOW, sent=None) for c in calls]
    for start in range(0, len(events), size):
        log.append(source.pk, events[start : start + size], NOW)


@pytest.fixture
def harm(monkeypatch):
    """Lets the processing of these events raise something."""
    process, culprits = stream.process, {}

    def processed(items):
        for item in items:
            if item.event.message_id in culprits:
                raise culprits[item.event.message_id]
        process(items)

    monkeypatch.setattr(stream, "process", processed)
    return culprits


def work_off(clock=SYSTEM, rounds=40):
    """As workers would that are started again when they end; returns how many rounds it took."""
    for number in range(rounds):
        if not LogBatch.objects.exists():
            return number
        try:
            stream.run_once(clock)
        except (ProcessEnded, OperationalError) as error:
            logging.debug("the worker ended: %r", error)
    return rounds


def failing(state):
    """An error of the database with this SQLSTATE, as Django raises it."""
    error = OperationalError("the database says no")
    error.__cause__ = psycopg.errors.lookup(state)()
    return error


def quarantined():
    return sorted(QuarantinedEvent.objects.values_list("message_id", flat=True))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no"),
        ProcessEnded(),
        failing("54000"),
        failing("57014"),
        OperationalError("gone"),
        identity.Raced(),
    ],
    ids=["error", "killed", "limit", "timeout", "connection lost", "raced for ever"],
)
def test_an_event_that_always_fails_is_quarantined_and_the_others_pass(source, harm, error):
    append(source, *"abcdef", size=2)
    harm["d"] = error
    clock = VirtualClock(NOW)
    for _ in range(40):
        work_off(clock, 1)
        clock.advance(dt.timedelta(minutes=1))
    assert quarantined() == ["d"]
    assert Person.objects.count() == 5
    assert not LogBatch.objects.exists()


def test_two_that_end_the_process_do_not_take_turns_for_ever(source, harm):
    append(source, *"abcdef", size=6)
    harm["b"], harm["e"] = ProcessEnded(), ProcessEnded()
    assert work_off() < 15
    assert quarantined() == ["b", "e"]
    assert Person.objects.count() == 4


def test_entries_behind_one_that_fails_are_taken_together_again(source, harm):
    append(source, *"abcdef", size=2)
    harm["b"] = ValueError("no")
    work_off()
    append(source, *"ghijkl", size=2)
    assert work_off() == 1


@pytest.mark.parametrize("state", ["55P03", "40P01", "53100", "57P01"])
def test_what_others_caused_does_not_count_for_minutes(source, harm, state):
    append(source, "a")
    harm["a"] = failing(state)
    clock = VirtualClock(NOW)
    assert work_off(clock, 20) == 20
    assert (QuarantinedEvent.objects.count(), StreamTry.objects.get().tries) == (0, 0)
    harm.clear()
    assert work_off(clock) == 1
    assert Person.objects.count() == 1


def test_a_transient_failure_leaves_nothing_behind(source, harm):
    append(source, "a", "b")
    harm["a"] = ValueError("once")
    work_off(rounds=1)
    harm.clear()
    assert work_off() == 1
    assert not QuarantinedEvent.objects.exists()


def test_thousands_that_cannot_be_read_are_set_aside_at_once(source, caplog):
    append(source, "good", *(f"bad{number}" for number in range(300)), size=301)
    entry = LogBatch.objects.get()
    content = log.opened(bytes(entry.payload)).replace(b'"pro"', b"1e400").replace(b"1e400", b'"pro"', 1)
    entry.payload = zstd.compress(content)
    entry.save()
    with caplog.at_level(logging.WARNING):
        assert work_off() == 1
    assert QuarantinedEvent.objects.filter(reason__contains="cannot be read").count() == 300
    assert not caplog.records
    assert Person.objects.get().traits == {"plan": "pro"}


def test_what_names_nobody_can_be_replayed(source, actor):
    append(source, "a")
    harmless = {"type": "track", "event": "Seen", "userId": "null", "messageId": "n"}
    event = envelope.accept(json.dumps(harmless).encode(), type_="", received=NOW, sent=None)
    log.append(source.pk, [event], NOW)
    work_off()
    quarantine.replay(actor=actor, item=QuarantinedEvent.objects.get())
    work_off()
    assert QuarantinedEvent.objects.count() == 2
    assert SeenMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("waits", "begun", "still"),
    [(59, None, False), (61, None, True), (900, 30, False), (900, 61, True), (5, 900, False)],
)
def test_the_stream_stands_still_when_something_waits_and_nothing_is_begun(waits, begun, still):
    now = NOW + dt.timedelta(hours=1)
    if begun is not None:
        since = now - dt.timedelta(seconds=begun)
        StreamTry.objects.create(partition=0, first=1, last=1, since=since)
    waiting = [log.Backlog(0, 1, now - dt.timedelta(seconds=waits)), log.Backlog(1, 0)]
    assert bool(standstill.problems(waiting, now)) is still


def test_a_process_that_hangs_where_no_signal_reaches_it_ends(tmp_path):
    program = (
        "import re; from rapport.core.services import watchdog as w; w.arm()\n"
        "with w.deadline(0.2): re.match('(a*)*b', 'a' * 40)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr


def test_a_deadline_that_is_kept_leaves_the_process_alone():
    program = (
        "from rapport.core.services import watchdog as w; w.arm()\nwith w.deadline(60): pass\nprint('done')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout == "done\n"


def test_numbers_that_may_be_none_are_noticed():
    assert apart.may_be_unreadable(b'{"a":1E400}')
    assert not apart.may_be_unreadable(b'{"sku":"1e40","b":1e22}')
