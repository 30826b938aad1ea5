"""Computed traits through the whole pipeline: live, by time, after a change, and away again."""

import datetime as dt

import pytest

from rapport.core import jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.people.models import ChangeSet, Person
from rapport.segments.computed.services import traits as services
from rapport.segments.models import ComputedTrait, Membership, Segment, StaleValue
from rapport.segments.services import backfill
from rapport.segments.services.segments import create_segment
from rapport.segments.tests.conftest import compute

SPENT = {"figure": "sum", "events": ["Order Completed"], "property": "total", "currency": "GBP"}
ORDERS = {"figure": "count", "events": ["Order Completed"], "within": "365d"}


def order(user_id, total, number, **more):
    return {"type": "track", "event": "Order Completed", "userId": user_id, "messageId": f"o{number}",
            "properties": {"order_id": f"{number}", "total": total}, **more}  # fmt: skip


@pytest.fixture
def make(actor, clickhouse, db):
    def computed(name="Spent", definition=SPENT, **more):
        return services.create_trait(actor=actor, name=name, definition=definition, **more)

    return computed


def traits():
    return {
        p.identifiers.get(type="user_id").value: p.traits for p in Person.objects.filter(merged_into=None)
    }


def test_an_order_shows_in_the_trait_at_once(make, live):
    make()
    live.ingest([order("u1", 60, 1), order("u1", "7.25", 2), order("u2", 5, 3)])
    assert traits() == {"u1": {"spent": 67.25}, "u2": {"spent": 5}}
    fact = Person.objects.get(traits__spent=5).trait_facts["spent"]
    assert (fact["source"], fact["message_id"]) == ("computed", "")


def test_a_segment_sees_the_new_value_in_the_same_pass(make, live, actor):
    make()
    segment = create_segment(actor=actor, name="Big", definition={"trait": "spent", "gte": 100})
    compute()
    live.ingest([order("u1", 60, 1)])
    assert not Membership.objects.filter(segment=segment).exists()
    live.ingest([order("u1", 40, 2)])
    assert Membership.objects.filter(segment=segment).count() == 1


def test_a_computed_write_marks_nobody_as_changed(make, live, clickhouse):
    make()
    live.ingest([order("u1", 60, 1)])
    version = Person.objects.get().version
    assert not ChangeSet.objects.exists()
    live.ingest([{"type": "page", "userId": "u1", "messageId": "p1"}])
    assert Person.objects.get().version == version


def test_a_new_trait_is_worked_out_for_everybody(make, live, settle):
    live.ingest([order(f"u{n}", 10 * n, n) for n in range(1, 6)])
    trait = make()
    assert trait.state == "computing"
    settle()
    trait.refresh_from_db()
    assert {user: t["spent"] for user, t in traits().items()} == {f"u{n}": 10 * n for n in range(1, 6)}
    assert (trait.state, trait.total, trait.covered, StaleValue.objects.count()) == ("ready", 5, 5, 0)
    assert trait.statistics["median"] == 30


def test_a_backfill_hands_on_block_by_block(make, live, settle, monkeypatch):
    monkeypatch.setattr(backfill, "BLOCK", 2)
    live.ingest([order(f"u{n}", 10 * n, n) for n in range(1, 6)])
    trait = make()
    clock = VirtualClock(SYSTEM.now())
    for _ in range(2):  # finds them and hands on the first block; then waits until that is dealt with
        jobs.run_once(clock, "segments.traits")
        clock.advance(backfill.POLL)
    assert StaleValue.objects.count() == 3
    settle()
    assert ComputedTrait.objects.get(pk=trait.pk).state == "ready"
    assert all("spent" in t for t in traits().values())


def test_a_changed_definition_is_worked_out_anew(make, live, settle, actor):
    live.ingest([order("u1", 60, 1), order("u1", 5, 2)])
    trait = make()
    settle()
    services.update_trait(actor=actor, trait=trait, definition={**SPENT, "figure": "max"})
    settle()
    assert traits() == {"u1": {"spent": 60}}


def test_another_definition_while_it_is_being_computed_wins(make, live, settle, actor):
    live.ingest([order("u1", 60, 1), order("u1", 5, 2)])
    trait = make()
    jobs.run_once(SYSTEM, "segments.traits")
    services.update_trait(actor=actor, trait=trait, definition={**SPENT, "figure": "min"})
    settle()
    trait.refresh_from_db()
    assert (traits(), trait.computed_version) == ({"u1": {"spent": 5}}, 2)


def test_what_falls_out_of_the_window_is_taken_off_by_time(make, live, settle):
    make("Orders", {**ORDERS, "within": "1h"})
    at = SYSTEM.now() - dt.timedelta(minutes=30)
    live.ingest([order("u1", 60, 1, timestamp=at.isoformat())])
    assert traits() == {"u1": {"orders": 1}}
    settle()
    settle(VirtualClock(SYSTEM.now() + dt.timedelta(minutes=31)))
    assert traits() == {"u1": {}}


def test_archiving_takes_the_trait_off_and_restoring_brings_it_back(make, live, settle, actor):
    live.ingest([order("u1", 60, 1)])
    trait = make()
    settle()
    services.archive_trait(actor=actor, trait=trait)
    settle()
    trait.refresh_from_db()
    assert (traits(), trait.state) == ({"u1": {}}, "archived")
    services.restore_trait(actor=actor, trait=trait)
    settle()
    assert traits() == {"u1": {"spent": 60}}


def test_anonymous_orders_count_once_the_person_is_known(make, live):
    make()
    live.ingest([order(None, 60, 1, anonymousId="a1"), order("u1", 5, 2)])
    live.ingest([{"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "i1"}])
    assert traits()["u1"]["spent"] == 65


def test_the_shop_cannot_overwrite_a_computed_trait_for_long(make, live):
    make()
    live.ingest([order("u1", 60, 1)])
    live.ingest([{"type": "identify", "userId": "u1", "traits": {"spent": 999}, "messageId": "i1"}])
    assert traits() == {"u1": {"spent": 60}}


def test_segment_and_trait_follow_without_end(make, live, actor):
    make()
    create_segment(actor=actor, name="Big", definition={"trait": "spent", "gte": 50})
    compute()
    live.ingest([order("u1", 60, 1)])
    assert Segment.objects.get().size == 1
