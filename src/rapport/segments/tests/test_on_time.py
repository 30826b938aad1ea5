"""Whoever time alone lets in or puts out goes at his time: membership at any instant is what the rule says then."""

import datetime as dt
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.core.clock import VirtualClock
from rapport.people.services import projector
from rapport.people.services.changes import ANYTHING
from rapport.segments.language import tree
from rapport.segments.models import Membership, Recheck, Segment, UnplannedRecheck
from rapport.segments.services import scheduling as due
from rapport.segments.tests import naive
from rapport.segments.tests.conftest import NOW, World, evaluate_people
from rapport.segments.tests.generators import LONDON, a_person, store, timed

pytestmark = pytest.mark.postgres

# Off the grid of what the people did, so that a check never falls on the very millisecond of a change.
OFF = dt.timedelta(seconds=17)
MOMENTS = [dt.timedelta(minutes=1), dt.timedelta(minutes=45), dt.timedelta(hours=13), dt.timedelta(days=1),
           dt.timedelta(days=3), dt.timedelta(days=8), dt.timedelta(days=22), dt.timedelta(days=31)]  # fmt: skip


def pass_time(clock, until):
    """What the worker does while time passes, each person looked at in the very moment he is due."""
    for _ in range(500):
        due.plan_once(clock)
        following = Recheck.objects.order_by("due_at").first()
        if following is None or following.due_at > until:
            break
        clock.advance(max(following.due_at - clock.now(), dt.timedelta(0)))
        due.run_due(clock)
        projector.run_once(clock)
    else:
        raise AssertionError("people are looked at over and over")
    clock.advance(until - clock.now())


@pytest.mark.parametrize("seed", range(2))
def test_membership_is_right_at_any_instant(db, clickhouse, seed):
    rng = random.Random(seed)
    people = [a_person(rng) for _ in range(12)]
    store(World(clickhouse), people, rng)
    Segment.objects.all().delete()
    ids = [person["id"] for person in people]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(timed, st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=3, unique=True))
    def on_time(definition, moments):
        for model in (Segment, Recheck, UnplannedRecheck):
            model.objects.all().delete()
        moving = tree.moves_with_time(definition)
        segment = Segment.objects.create(key="s", name="s", definition=definition, moves_with_time=moving)
        clock = VirtualClock(NOW + OFF)
        evaluate_people(ids, clock.now())
        due.note({person: {ANYTHING} for person in ids}, clock.now())
        for moment in sorted(moments):
            pass_time(clock, NOW + OFF + moment)
            expected = {p["id"] for p in people if naive.fits(definition, p, clock.now(), LONDON)}
            assert set(segment.memberships.values_list("person_id", flat=True)) == expected

    on_time()


def test_an_exit_by_time_says_so(world, actor):
    from rapport.segments.tests.test_membership import membership_events

    ada = world.person({})
    world.event(ada, "Order Completed")
    Segment.objects.create(
        key="s", name="S", definition={"did": "Order Completed", "within": "1h"}, moves_with_time=True
    )
    evaluate_people([ada], NOW)
    due.note({ada: {ANYTHING}}, NOW)
    pass_time(VirtualClock(NOW), NOW + dt.timedelta(minutes=59, seconds=59))
    assert Membership.objects.count() == 1
    pass_time(VirtualClock(NOW), NOW + dt.timedelta(hours=1, seconds=1))
    assert Membership.objects.count() == 0
    assert membership_events("Segment Left")[0]["properties"]["reason"] == "time"


def test_people_for_whom_nothing_will_change_are_not_planned(world):
    ada, _bob = world.person({}), world.person({})
    world.event(ada, "Order Completed")
    changes = due.next_changes([{"did": "Order Completed", "within": "30d"}], now=NOW, person_ids=[ada, _bob])
    assert changes == {ada: NOW + dt.timedelta(days=30, milliseconds=1)}


def test_a_whole_computation_plans_everybody(world):
    ada = world.person({"renews_at": "2026-03-12T09:00:00Z"})
    segment = Segment.objects.create(
        key="s", name="S", definition={"trait": "renews_at", "before": "now"}, moves_with_time=True
    )
    due.plan_everybody(segment, now=NOW)
    [planned] = Recheck.objects.all()
    assert (planned.person_id, planned.due_at) == (
        ada,
        dt.datetime(2026, 3, 12, 9, 0, 0, 1000, tzinfo=dt.UTC),
    )
