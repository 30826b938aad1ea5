"""Events follow merges and their undoing: by overrides, while months are rewritten, and afterwards."""

import datetime as dt

import pytest

from rapport.core import clickhouse as ch
from rapport.core.clock import SYSTEM
from rapport.events import queries
from rapport.events.models import Squashed
from rapport.events.services import squash
from rapport.people.models import Merge
from rapport.people.queries import find
from rapport.people.services.unmerging import undo_merge

pytestmark = pytest.mark.postgres

BY_OWNER = """
    SELECT if(o.survivor_id = toUUID('00000000-0000-0000-0000-000000000000'), e.person_id, o.survivor_id) AS who,
        count() AS events FROM events AS e
    LEFT JOIN (SELECT person_id, survivor_id FROM person_override FINAL) AS o ON o.person_id = e.person_id
    GROUP BY who
"""


def by_owner():
    return {row["who"]: row["events"] for row in ch.rows(BY_OWNER)}


def track(number, month=1, **ids):
    when = f"2026-{month:02}-05T10:00:{number:02}Z"
    return {"type": "track", "event": "Seen", "timestamp": when, "messageId": f"t{number}", **ids}


@pytest.fixture
def merged(live, actor, settings):
    """Ann on two devices: one event before the merge and one after, of each, in two months."""
    settings.SQUASH_LEAST = 1
    live.ingest([track(1, anonymousId="d1"), track(2, anonymousId="d2"), track(3, 2, anonymousId="d2")])
    live.ingest([{"type": "identify", "userId": "u", "anonymousId": "d1", "messageId": "i1"}])
    live.ingest([{"type": "identify", "userId": "u", "anonymousId": "d2", "messageId": "i2"}])
    live.ingest([track(4, 2, anonymousId="d1"), track(5, 2, anonymousId="d2")])
    return Merge.objects.get()


class Later:
    def now(self):
        return SYSTEM.now() + dt.timedelta(days=40)


def squash_all():
    while squash.run_once(clock=Later()):
        yield by_owner()


def people_of(live, actor):
    live.settle()
    return {name: find(actor, f"anonymous_id:{name}").pk for name in ("d1", "d2")}


def test_an_undone_merge_takes_later_events_along_at_once(live, actor, merged):
    before = by_owner()
    assert sum(before.values()) == max(before.values())
    undo_merge(actor=actor, merge=merged)
    who = people_of(live, actor)
    owners = by_owner()
    assert owners[who["d2"]] >= 3
    seen = {event.message_id for event in queries.timeline(actor, who["d2"])}
    assert {"t2", "t3", "t5"} <= seen
    assert not {"t1", "t4", "i1"} & seen


def test_a_young_merge_is_left_alone(merged):
    assert squash.run_once() == 0
    assert not Squashed.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_answers_are_the_same_before_between_and_after_squashing(live, actor, merged):
    live.settle()
    before = by_owner()
    between = list(squash_all())
    assert len(between) >= 3
    assert all(answer == before for answer in between)
    assert Squashed.objects.get().state == "done"
    assert ch.scalar("SELECT count() FROM person_override FINAL") == 0
    assert ch.scalar("SELECT uniq(person_id) FROM events") == 1


@pytest.mark.django_db(transaction=True)
def test_events_that_come_after_squashing_are_found_and_counted_once(live, actor, merged):
    live.settle()
    list(squash_all())
    live.ingest([track(6, 3, anonymousId="d2")])
    assert by_owner() == {find(actor, "user_id:u").pk: ch.scalar("SELECT count() FROM events")}


@pytest.mark.django_db(transaction=True)
def test_undoing_after_squashing_brings_the_events_back(live, actor, merged):
    live.settle()
    list(squash_all())
    undo_merge(actor=actor, merge=merged)
    list(squash_all())
    who = people_of(live, actor)
    seen = {event.message_id for event in queries.timeline(actor, who["d2"])}
    assert {"t2", "t3", "t5"} <= seen
    assert not {"t1", "t4", "i1"} & seen
    assert not Squashed.objects.exists()


def test_a_crash_between_copy_and_replacement_loses_and_doubles_nothing(live, actor, merged, monkeypatch):
    live.settle()
    before = by_owner()
    execute = ch.execute

    def dies(sql, *args):
        if "REPLACE PARTITION" in sql:
            raise ConnectionError
        execute(sql, *args)

    monkeypatch.setattr(ch, "execute", dies)
    with pytest.raises(ConnectionError):
        list(squash_all())
    monkeypatch.undo()
    assert by_owner() == before
    assert all(answer == before for answer in squash_all())
