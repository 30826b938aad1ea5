"""Who is in a segment follows what happens, is counted, and is told to the rest of Rapport."""

import datetime as dt

import msgspec
import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.models import OutboxEvent
from rapport.core.permissions import Reach
from rapport.people.models import Person
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import LiveDecision, Membership, Segment
from rapport.segments.queries import segments as queries
from rapport.segments.services import computation, recompute, segments
from rapport.segments.tests.conftest import NOW, compute, evaluate_people

pytestmark = pytest.mark.postgres

DAY = dt.timedelta(days=1)
BUYER = {"did": "Order Completed", "within": "30d"}


@pytest.fixture
def make(actor):
    return lambda definition, name="Buyers": segments.create_segment(
        actor=actor, name=name, definition=definition
    )


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Runs what waits for the commit, as the commit would."""

    def run(function, *args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return function(*args, **kwargs)

    return run


def membership_events(name=None):
    lines = [line for row in OutboxEvent.objects.order_by("pk") for line in bytes(row.payload).splitlines()]
    events = [msgspec.json.decode(line) for line in lines]
    return [e for e in events if name in (None, e["event"])]


def in_segment(segment):
    return set(Membership.objects.filter(segment=segment).values_list("person_id", flat=True))


def test_a_person_enters_when_an_event_makes_him_fit(world, make):
    ada, _bob, segment = world.person({}), world.person({}), make(BUYER)
    world.event(ada, "Order Completed")
    evaluate_people([ada, _bob], NOW)
    assert in_segment(segment) == {ada}


def test_entering_is_an_event_with_the_segment_in_it(world, make):
    ada, segment = world.person({}), make({"all": []})
    evaluate_people([ada], NOW)
    [event] = membership_events("Segment Entered")
    assert event["person_id"] == str(ada)
    assert event["properties"]["segment_key"] == segment.key == "buyers"


def test_evaluating_again_tells_nothing_twice(world, make):
    ada, _segment = world.person({}), make({"all": []})
    evaluate_people([ada], NOW)
    evaluate_people([ada, ada], NOW)
    assert len(membership_events()) == 1


def test_a_person_leaves_and_the_size_follows(world, make):
    ada, segment = world.person({}), make(BUYER)
    world.event(ada, "Order Completed")
    evaluate_people([ada], NOW)
    assert Segment.objects.get().size == 1
    evaluate_people([ada], NOW + 31 * DAY)
    assert in_segment(segment) == set()
    assert Segment.objects.get().size == 0
    assert [e["event"] for e in membership_events()] == ["Segment Entered", "Segment Left"]


def test_each_stay_has_its_own_message_ids(world, make):
    ada, _segment = world.person({}), make(BUYER)
    world.event(ada, "Order Completed")
    for days in (0, 31, 0):
        evaluate_people([ada], NOW + days * DAY)
    assert len({e["message_id"] for e in membership_events()}) == 3


def test_a_segment_of_a_segment_is_decided_in_the_same_pass(world, make):
    ada, vip = world.person({"tier": "gold"}), make({"trait": "tier", "is": "gold"}, "VIP")
    make(BUYER)
    both = make({"all": [{"in_segment": "vip"}, {"not": {"in_segment": "buyers"}}]}, "A VIP who waits")
    evaluate_people([ada], NOW)
    assert in_segment(vip) == in_segment(both) == {ada}


def test_someone_merged_away_leaves_without_an_event(world, make):
    ada, old, segment = world.person({}), world.person({}), make({"all": []})
    evaluate_people([ada, old], NOW)
    Person.objects.filter(pk=old).update(merged_into=ada)
    world.person({}, person_id=old, deleted=1, version=2)
    evaluate_people([ada, old], NOW)
    assert in_segment(segment) == {ada}
    assert membership_events("Segment Left") == []


def test_one_segment_that_cannot_be_asked_does_not_hold_up_the_others(world, make):
    ada, good, bad = world.person({}), make({"all": []}, "Good"), make({"in_segment": "good"}, "Bad")
    Segment.objects.filter(pk=bad.pk).update(definition={"in_segment": "gone"})
    evaluate_people([ada], NOW)
    assert in_segment(good) == {ada}
    assert Segment.objects.get(pk=bad.pk).state == "failed"


def test_recompute_takes_in_everybody_who_fits_and_puts_out_the_rest(world, make, committed):
    people = {world.person({"n": n}) for n in range(3)}
    segment = make({"trait": "n", "gte": 0})
    assert committed(recompute.recompute, segment, now=NOW) == 3
    assert in_segment(segment) == people
    segment.refresh_from_db()
    assert (segment.size, segment.state, segment.computed_at) == (3, "ready", NOW)


def test_recompute_agrees_with_what_live_upkeep_did(world, make):
    ada, segment = world.person({}), make({"all": []})
    evaluate_people([ada], NOW)
    assert recompute.recompute(segment, now=NOW) == 0


def test_recompute_lets_go_of_those_whose_window_has_passed(world, make):
    ada, segment = world.person({}), make(BUYER)
    world.event(ada, "Order Completed")
    recompute.recompute(segment, now=NOW)
    recompute.recompute(segment, now=NOW + 31 * DAY)
    assert in_segment(segment) == set()
    assert membership_events("Segment Left")[0]["at"] == "2026-04-10T12:00:00Z"


def test_a_windowed_segment_is_due_again_and_another_is_not(world, make):
    timed, still = make(BUYER), make({"all": []}, "Everybody")
    for segment in (timed, still):
        recompute.recompute(segment, now=NOW)
        segment.refresh_from_db()
    assert recompute.KIND.next_at(timed, NOW) > NOW
    assert recompute.KIND.next_at(still, NOW) is None


def test_the_copy_in_clickhouse_serves_segments_of_segments(world, make, committed):
    ada, bob = world.person({"vip": True}), world.person({})
    vip = make({"trait": "vip", "is": True}, "VIP")
    committed(recompute.recompute, vip, now=NOW)
    assert world.matching({"in_segment": "vip"}) == {ada}
    assert world.matching({"not": {"in_segment": "vip"}}) == {bob}


def test_members_who_left_are_no_longer_in_the_copy(world, make, committed):
    ada, segment = world.person({}), make(BUYER)
    world.event(ada, "Order Completed")
    committed(recompute.recompute, segment, now=NOW)
    committed(recompute.recompute, segment, now=NOW + 31 * DAY)
    assert world.matching({"in_segment": "buyers"}) == set()


def test_a_person_decided_live_meanwhile_is_left_alone_by_the_computation(world, make, monkeypatch):
    ada, segment = world.person({}), make(BUYER)
    staged = recompute._stage

    def stage_then_buy(compiled):
        staged(compiled)
        world.event(ada, "Order Completed")
        evaluate_people([ada], NOW)

    monkeypatch.setattr(recompute, "_stage", stage_then_buy)
    recompute.recompute(segment, now=NOW)
    assert in_segment(segment) == {ada}
    assert not LiveDecision.objects.exists()


def test_the_loop_computes_what_waits_then_rests(world, make):
    world.person({})
    make({"all": []}, "A")
    make({"in_segment": "a"}, "B")
    compute()
    compute(VirtualClock(SYSTEM.now() + recompute.WAIT))
    assert [s.state for s in Segment.objects.all()] == ["ready", "ready"]


def test_a_computation_that_fails_says_why_and_is_tried_again(world, make):
    segment = make({"all": []}, "A")
    Segment.objects.filter(pk=segment.pk).update(definition={"in_segment": "gone"})
    compute()
    segment.refresh_from_db()
    assert (segment.state, "gone" in segment.problem) == ("failed", True)
    Segment.objects.filter(pk=segment.pk).update(definition={"all": []})
    compute(VirtualClock(SYSTEM.now() + computation.RETRY))
    segment.refresh_from_db()
    assert segment.state == "ready"


def test_a_changed_definition_supersedes_the_computation_under_way(world, make, actor, monkeypatch):
    world.person({})
    segment, apply = make({"all": []}), recompute._apply

    def change_first(*args):
        segments.update_segment(actor=actor, segment=segment, definition={"any": []})
        return apply(*args)

    monkeypatch.setattr(recompute, "_apply", change_first)
    jobs.run_once(SYSTEM, "segments.compute")
    assert in_segment(segment) == set()
    assert Segment.objects.get().state == "computing"


def test_creating_needs_the_permission(world):
    viewer = Actor("user", "9", "vera@example.org", {"segments.view": Reach.ALL})
    with pytest.raises(PermissionDenied):
        segments.create_segment(actor=viewer, name="X", definition={"all": []})


def test_keys_follow_the_name_and_stay_apart(world, make):
    assert [make({"all": []}, "Café & Co!").key for _ in range(2)] == ["cafe-co", "cafe-co-2"]


def test_a_changed_definition_is_a_new_version_to_compute(world, make, actor):
    segment = segments.update_segment(actor=actor, segment=make({"all": []}), definition={"any": []})
    assert (segment.version, segment.state) == (2, "computing")


def test_a_circle_of_segments_is_refused(world, make, actor):
    a = make({"all": []}, "A")
    make({"in_segment": "a"}, "B")
    with pytest.raises(InvalidDefinition, match="circle"):
        segments.update_segment(actor=actor, segment=a, definition={"all": [{"in_segment": "b"}]})


def test_an_unknown_segment_is_refused_with_its_place(world, make):
    with pytest.raises(InvalidDefinition) as refused:
        make({"all": [{"in_segment": "nope"}]})
    assert refused.value.problems[0].pointer == "/all/0/in_segment"


def test_a_segment_in_use_cannot_be_archived(world, make, actor):
    a = make({"all": []}, "A")
    make({"in_segment": "a"}, "B")
    with pytest.raises(ValidationError, match="B"):
        segments.archive_segment(actor=actor, segment=a)


def test_a_preview_counts_and_shows_some(world, actor):
    ada, _bob = world.person({"vip": True}), world.person({})
    seen = segments.preview(actor=actor, definition={"trait": "vip", "is": True}, now=NOW)
    assert (seen.count, seen.total, [p.pk for p in seen.sample]) == (1, 2, [ada])


def test_members_are_those_the_actor_may_see(world, make, actor):
    ada, segment = world.person({}), make({"all": []})
    evaluate_people([ada], NOW)
    assert [m.person_id for m in queries.members(actor, segment)] == [ada]
    nobody = Actor("user", "9", "vera@example.org", {"segments.view": Reach.ALL})
    assert not queries.members(nobody, segment).exists()


def test_the_audit_says_who_made_it(world, make):
    from rapport.core.models import AuditEntry

    make({"all": []})
    assert AuditEntry.objects.get().action == "segment.created"
