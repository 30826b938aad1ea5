"""Stages through the whole pipeline: live, by time, after a change of rules, in merges; against a plain evaluator."""

import datetime as dt
import json
import random
import uuid
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.core import clickhouse as engine
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.people.models import Merge, Person
from rapport.people.registry import PEOPLE_FILTERS
from rapport.people.services.unmerging import undo_merge
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.services import compiler, computing, defaults, evaluation
from rapport.segments.lifecycle.services import stages as services
from rapport.segments.lifecycle.services.stages import StageIn
from rapport.segments.models import Segment, Stage, StageChange, StageDay
from rapport.segments.services.segments import create_segment
from rapport.segments.tests.conftest import NOW, World, compute
from rapport.segments.tests.generators import a_person, definitions, store
from rapport.segments.tests.naive_stages import stage_of

ORDER = {"type": "track", "event": "Order Completed"}
BOUGHT = {"did": "Order Completed", "at_least": 1}


def usual():
    return [StageIn(p.name, p.rule, p.key, p.description, p.tone) for p in defaults.proposals()]


@pytest.fixture
def stages(actor, clickhouse, live, settle):
    services.save_stages(actor=actor, stages=usual())
    settle()


def order(user, number, **more):
    return {**ORDER, "userId": user, "messageId": f"o{number}", "properties": {"total": 5}, **more}


def ago(**by):
    return (SYSTEM.now() - dt.timedelta(**by)).isoformat()


def stage(user):
    return Person.objects.get(identifiers__type="user_id", identifiers__value=user).traits["lifecycle_stage"]


def stage_events(clickhouse):
    rows = clickhouse.rows(
        "SELECT properties FROM events WHERE event = 'Lifecycle Stage Changed' ORDER BY at, message_id"
    )
    return [(row["properties"].get("from"), row["properties"]["to"]) for row in rows]


def test_orders_lead_through_the_stages(stages, live, clickhouse):
    live.ingest([{"type": "identify", "userId": "u1", "messageId": "i1", "traits": {"name": "Ada"}}])
    assert stage("u1") == "visitor"
    for number, reached in enumerate(["customer", "repeat", "repeat", "repeat", "advocate"]):
        live.ingest([order("u1", number)])
        assert stage("u1") == reached
    assert stage_events(clickhouse) == [
        ("visitor", "customer"),
        ("customer", "repeat"),
        ("repeat", "advocate"),
    ]


def test_the_profile_shows_the_stage_in_its_head_and_by_its_name(stages, live, page):
    live.ingest([order("u1", 1), order("u1", 2)])
    person = Person.objects.get(identifiers__type="user_id", identifiers__value="u1")
    html = page.get(f"/people/{person.pk}/").content.decode()
    assert "Repeat customer" in html.split('class="record-times"')[0].split('class="record-meta"')[1]


def test_who_comes_into_the_last_stage_at_first_is_not_told_of(stages, live, clickhouse):
    live.ingest([{"type": "page", "anonymousId": "a1", "messageId": "p1"}])
    assert StageChange.objects.get().stage == "visitor"
    assert stage_events(clickhouse) == []


def test_lapsing_comes_by_time(stages, live, settle, clickhouse):
    live.ingest([order("u1", 1, timestamp=ago(days=89, hours=23))])
    assert stage("u1") == "customer"
    settle(VirtualClock(SYSTEM.now() + dt.timedelta(hours=2)))
    assert stage("u1") == "lapsing"
    last = StageChange.objects.latest("id")
    assert (last.previous, last.stage, last.reason) == ("customer", "lapsing", "time")
    assert stage_events(clickhouse)[-1] == ("customer", "lapsing")


@pytest.mark.parametrize(
    ("days", "what"),
    [
        (0.1, {"value:lifecycle_stage", "event:Product Viewed"}),
        (0.1, {"value:lifecycle_stage", "event:Order Completed"}),
        (150, {"value:lifecycle_stage", "seen"}),
        (0.1, {"time"}),
    ],
)
def test_who_lapses_beside_an_event_lapses_by_time(stages, live, days, what):
    live.ingest([order("u1", 1, timestamp=ago(days=89, hours=23))])
    person = Person.objects.get(identifiers__value="u1")
    evaluation.evaluate({person.pk: set(what)}, SYSTEM.now() + dt.timedelta(days=days))
    last = StageChange.objects.latest("id")
    assert (last.previous, last.reason) == ("customer", "time")
    assert last.stage in {"lapsing", "lapsed"}


@pytest.mark.parametrize("days", [0, 500])
def test_an_order_that_a_whole_computation_sees_first_is_the_reason(stages, live, world, days):
    live.ingest([{"type": "identify", "userId": "u1", "messageId": "i1", "traits": {"name": "Ada"}}])
    person = Person.objects.get()
    world.event(person.pk, "Order Completed", at=SYSTEM.now() - dt.timedelta(days=days))
    evaluation.evaluate({person.pk: {"value:lifecycle_stage"}}, SYSTEM.now())
    last = StageChange.objects.latest("id")
    assert (last.previous, last.reason) == ("visitor", "event")
    assert last.stage in {"customer", "lapsed"}


def test_a_change_of_rules_moves_people_without_telling(stages, live, settle, actor, clickhouse):
    live.ingest([order("u1", 1), order("u1", 2)])
    before = stage_events(clickhouse)
    changed = usual()
    next(s for s in changed if s.key == "repeat").rule = {"did": "Order Completed", "at_least": 3}
    services.save_stages(actor=actor, stages=changed)
    settle()
    assert (stage("u1"), StageChange.objects.latest("id").reason) == ("customer", "definition")
    assert stage_events(clickhouse) == before


def test_history_knows_since_when_and_from_where(stages, live):
    live.ingest([order("u1", 1)])
    live.ingest([order("u1", 2)])
    [newest, oldest] = queries.history(Person.objects.get().pk)
    assert (newest.stage, newest.previous, oldest.previous) == ("repeat", "customer", "")
    assert queries.profile_section(Person.objects.get().pk)["stage"] == "repeat"


def test_a_merge_goes_on_with_one_stage_and_can_be_undone(stages, live, actor):
    live.ingest([order(None, 1, anonymousId="a1"), order("u1", 2)])
    live.ingest([{"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "i1"}])
    assert stage("u1") == "repeat"
    merge = Merge.objects.get()
    undo_merge(actor=actor, merge=merge)
    live.settle()
    assert {p.traits["lifecycle_stage"] for p in Person.objects.filter(merged_into=None)} == {"customer"}
    for person in Person.objects.filter(merged_into=None):
        assert queries.history(person.pk)[0].stage == "customer"


def test_a_day_is_noted_with_how_many_stood_where(stages, live):
    live.ingest([order("u1", 1), order("u2", 2), order("u2", 3)])
    computing.snapshot(SYSTEM.now())
    assert dict(StageDay.objects.filter(people__gt=0).values_list("stage", "people")) == {
        "customer": 1,
        "repeat": 1,
    }
    assert ("", "customer", 1) in queries.movements(SYSTEM.now() - dt.timedelta(days=1))


def test_stopping_takes_the_stage_off_and_starting_brings_it_back(stages, live, settle, actor):
    live.ingest([order("u1", 1)])
    services.stop(actor=actor)
    settle()
    assert "lifecycle_stage" not in Person.objects.get().traits
    live.ingest([order("u1", 2)])
    assert "lifecycle_stage" not in Person.objects.get().traits
    services.start(actor=actor)
    settle()
    assert stage("u1") == "repeat"


def test_stages_and_segments_must_not_go_round_in_a_circle(stages, actor):
    create_segment(actor=actor, name="Ours", definition={"trait": "lifecycle_stage", "is": "repeat"})
    create_segment(actor=actor, name="Inner", definition={"in_segment": "ours"})
    with pytest.raises(ValidationError, match="circle"):
        services.save_stages(actor=actor, stages=[StageIn("A", {"in_segment": "inner"}), StageIn("B")])
    with pytest.raises(ValidationError, match="Ours"):
        services.save_stages(actor=actor, stages=[s for s in usual() if s.key != "repeat"])


def test_the_last_stage_takes_everybody_else(actor, db):
    with pytest.raises(ValidationError, match="everybody else"):
        services.save_stages(actor=actor, stages=[StageIn("A"), StageIn("B", BOUGHT)])
    assert not Stage.objects.exists()


def test_a_segment_sees_the_stage_in_the_same_pass(stages, live, actor):
    definition = {"trait": "lifecycle_stage", "is": "customer"}
    create_segment(actor=actor, name="Customers", definition=definition)
    compute()
    live.ingest([order("u1", 1)])
    assert Segment.objects.get().size == 1


def test_a_stage_that_asks_for_a_segment_follows_its_members(live, settle, actor, clickhouse):
    create_segment(actor=actor, name="Buyers", definition=BOUGHT)
    compute()
    services.save_stages(
        actor=actor, stages=[StageIn("Inside", {"in_segment": "buyers"}), StageIn("Outside")]
    )
    settle()
    live.ingest([order("u1", 1)])
    assert stage("u1") == "inside"


@pytest.mark.parametrize("seed", range(2))
def test_everybody_agrees_on_the_stage(db, clickhouse, seed):
    rng = random.Random(seed)
    people = [a_person(rng) for _ in range(40)]
    store(World(clickhouse), people, rng)
    id_batch = [person["id"] for person in people[:25]]
    london = ZoneInfo("Europe/London")

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(definitions, min_size=1, max_size=5))
    def agree(rules):
        named = [*((f"s{n}", rule) for n, rule in enumerate(rules)), ("rest", {"all": []})]
        stages = [Stage(id=uuid.uuid4(), key=key, rule=rule, position=0) for key, rule in named]
        expected = {p["id"]: stage_of(named, p, NOW, london) for p in people}
        for ids, who in ((None, list(expected)), (id_batch, id_batch)):
            compiled = compiler.compile_moves(stages, now=NOW, person_ids=ids)
            rows = engine.rows(compiled.sql, compiled.parameters)
            assert {r["person_id"]: json.loads(r["fresh"]) for r in rows} == {p: expected[p] for p in who}

    agree()


def test_who_stands_at_no_stage_is_at_none_of_them(stages):
    """In the list of people."""
    listed = next(more.filter for more in PEOPLE_FILTERS if more.name == "stage")
    key = Stage.objects.first().key
    for number, traits in enumerate(({}, {"lifecycle_stage": key})):
        given = {"id": uuid.uuid4(), "name": f"Person {number}", "traits": traits}
        Person.objects.create(**given, first_seen_at=NOW, last_seen_at=NOW)
    assert Person.objects.get(listed.condition("is_not", [key])).name == "Person 0"
    assert Person.objects.get(listed.condition("is", [key])).name == "Person 1"
