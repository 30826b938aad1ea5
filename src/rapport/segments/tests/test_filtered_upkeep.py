"""Asking only segments that depend on what changed gives the same as asking all of them about everybody."""

import dataclasses
import random
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.core import clickhouse as engine
from rapport.people.services import changes
from rapport.segments.models import Membership, Segment
from rapport.segments.services import compiler, dependencies, membership, upkeep
from rapport.segments.services.segments import create_segment
from rapport.segments.tests import naive
from rapport.segments.tests.conftest import NOW, World, compute, evaluate_people
from rapport.segments.tests.generators import EVENTS, LONDON, a_person, an_event, definitions, store

pytestmark = pytest.mark.postgres

ASPECTS = ["traits", "identifiers", "consents", "companies", "seen", "event", "segments"]
STEPS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(ASPECTS)), min_size=1, max_size=6)


def changed(rng, world, person, part, version):
    """Changes one part of somebody, in the stores and in `person`; returns what changed, as its writer would tell."""
    other = a_person(rng)
    if part == "event":
        event = an_event(rng)
        person["events"].append(event)
        world.events([(person["id"], event["event"], event["at"], event["properties"])])
        return {changes.event(event["event"])}
    if part == "segments":
        return moved(world, person, rng, version)
    before = dict(person)
    names = {"consents": ["consents", "consent_states"], "seen": ["first_seen", "last_seen"]}.get(
        part, [part]
    )
    person |= {name: other[name] for name in names}
    rewritten(world, person, version)
    if part != "traits":
        return {part}
    old, new = before["traits"], person["traits"]
    return {
        changes.trait(name) for name in old.keys() | new.keys() if repr(old.get(name)) != repr(new.get(name))
    }


def moved(world, person, rng, version):
    key = rng.choice(["seg-a", "seg-b"])
    segment = Segment.objects.get(key=key)
    if key in person["segments"]:
        Membership.objects.filter(segment=segment, person_id=person["id"]).delete()
    else:
        stay = {"segment": segment, "person_id": person["id"]}
        Membership.objects.create(**stay, entered_at=NOW, definition_version=1)
    person["segments"] ^= {key}
    return {changes.segment(key)}


def rewritten(world, person, version):
    from rapport.segments.tests.generators import _one

    class Later:
        """Writes the row again in place of the one before, and nothing else."""

        def person(self, traits, **columns):
            if columns["person_id"] == person["id"]:
                world.person(traits, **columns, version=version)

        def merge(self, *_):
            pass

    _one(Later(), person | {"events": []}, random.Random(1))


def kept_up(people, changes_by_person, segments):
    before = {
        segment.pk: set(segment.memberships.values_list("person_id", flat=True)) for segment in segments
    }
    membership.evaluate(changes_by_person, NOW)
    for segment in segments:
        expected = {p["id"] for p in people if naive.fits(segment.definition, p, NOW, LONDON)}
        members = set(segment.memberships.values_list("person_id", flat=True))
        assert members == expected, (segment.definition, changes_by_person, before[segment.pk])


@pytest.mark.parametrize("seed", range(2))
def test_what_is_asked_is_what_could_have_changed(db, clickhouse, seed):
    rng = random.Random(seed)
    world, people = World(clickhouse), [a_person(rng) for _ in range(10)]
    store(world, people, rng)
    Segment.objects.update(kind=Segment.Kind.LIST)
    version = iter(range(10, 100_000))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(definitions, min_size=1, max_size=5), STEPS, st.randoms(use_true_random=False))
    def same(rules, steps, chance):
        Segment.objects.filter(kind=Segment.Kind.RULES).delete()
        segments = [
            Segment.objects.create(key=f"s{n}", name="s", definition=rule) for n, rule in enumerate(rules)
        ]
        evaluate_people([person["id"] for person in people], NOW)
        changes_by_person = {}
        for number, part in steps:
            what = changed(chance, world, people[number], part, next(version))
            changes_by_person.setdefault(people[number]["id"], set()).update(what)
        kept_up(people, changes_by_person, segments)

    same()


@dataclasses.dataclass
class Calls:
    """Random calls of a few customers, as their clients would send them."""

    rng: random.Random
    number: int = 0

    def some(self):
        return [self.one() for _ in range(self.rng.randrange(1, 5))]

    def one(self):
        rng, who = self.rng, f"u{self.rng.randrange(4)}"
        self.number += 1
        call = {"userId": who, "messageId": f"m{self.number}"}
        if rng.random() < 0.3:
            call = {"anonymousId": f"a-{who}", "messageId": f"m{self.number}"}
        kind = rng.choice(["track", "track", "identify", "group", "consent", "join"])
        if kind == "identify":
            traits = {
                "country": rng.choice(["GB", "DE", None]),
                "address": {"city": rng.choice(["Bath", "Ulm"])},
            }
            return {**call, "type": "identify", "traits": traits}
        if kind == "group":
            plan = rng.choice(["pro", "free"])
            return {**call, "type": "group", "groupId": f"g{rng.randrange(2)}", "traits": {"plan": plan}}
        if kind == "consent":
            name = rng.choice(["Consent Granted", "Consent Withdrawn"])
            given_ = {"purpose": "newsletter", "channel": "email"}
            return {**call, "type": "track", "event": name, "properties": given_}
        if kind == "join":
            return {"userId": who, "anonymousId": f"a-{who}", "type": "page", "messageId": f"m{self.number}"}
        total = {"total": rng.randrange(100)}
        return {
            **call,
            "type": "track",
            "event": rng.choice(["Order Completed", "Product Viewed"]),
            "properties": total,
        }


RULES = [
    {"did": "Order Completed", "at_least": 2, "within": "30d"},
    {"all": [{"trait": "country", "is": "GB"}, {"did_not": "Product Viewed"}]},
    {"trait": "address.city", "is": "Bath"},
    {"identifier": "anonymous_id"},
    {"consent": "newsletter", "channel": "email"},
    {"company": "plan", "is": "pro"},
    {"any": [{"in_segment": "rule-0"}, {"trait": "spent", "gte": 50}]},
    {"not": {"in_segment": "rule-6"}},
    {"did": "Segment Entered", "at_least": 1},
    {"profile": "last_seen", "after": "-1d"},
    {"all": []},
]


def test_the_whole_pipeline_tells_everything_that_segments_depend_on(live, actor, clickhouse):
    from rapport.segments.computed.services import traits

    spent = {"figure": "sum", "events": ["Order Completed"], "property": "total", "currency": "GBP"}
    traits.create_trait(actor=actor, name="Spent", definition=spent)
    segments = [
        create_segment(actor=actor, name=f"Rule {number}", definition=rule)
        for number, rule in enumerate(RULES)
    ]
    compute()
    calls = Calls(random.Random(7))
    for _ in range(25):
        live.ingest(calls.some(), source="shop")
        for segment in segments:
            assert members(segment) == fitting(segment.definition), segment.definition


def members(segment):
    return set(segment.memberships.values_list("person_id", flat=True))


def fitting(definition):
    from rapport.core.clock import SYSTEM

    compiled = compiler.compile_definition(definition, now=SYSTEM.now())
    return {row["person_id"] for row in engine.rows(compiled.sql, compiled.parameters)}


@pytest.mark.parametrize(
    ("definition", "needs"),
    [
        ({"all": []}, set()),
        ({"trait": "address.city", "is": "Bath"}, {"trait:address"}),
        ({"not": {"did": "Order Completed"}}, {"event:Order Completed"}),
        ({"did": "Order Completed", "within": "7d"}, {"event:Order Completed", "time"}),
        ({"sequence": [{"did": "A"}, {"did_not": "B", "within": "1d"}]}, {"event:A", "event:B", "time"}),
        ({"any": [{"in_segment": "vip"}, {"consent": "news"}]}, {"segment:vip", "consents"}),
        ({"identifier": "email"}, {"identifiers"}),
        ({"company": "plan", "is": "pro"}, {"companies"}),
        ({"profile": "last_seen", "before": "2026-01-01"}, {"seen"}),
        ({"lifecycle": ["lead"]}, {"trait:lifecycle_stage"}),
    ],
)
def test_what_a_definition_depends_on(definition, needs):
    assert dependencies.of_definition(definition) == needs


def test_a_definition_that_cannot_be_used_depends_on_nothing():
    assert dependencies.of_definition({"did": ""}) is None


def test_a_column_of_a_clause_that_does_not_say_what_changes_it_depends_on_anything():
    assert dependencies.of_compiled(lambda to: to.column("points")) == {changes.ANYTHING}


def test_small_groups_are_asked_about_together():
    many, few = [[uuid.uuid4() for _ in range(number)] for number in (upkeep.LEAST_PERSONS, 2)]
    masks = dict.fromkeys(many, 0b001) | {few[0]: 0b010, few[1]: 0b100}
    assert upkeep.grouped(masks) == [([0], many), ([1, 2], few)]


def test_nobody_is_asked_about_for_what_nothing_depends_on(db, clickhouse, monkeypatch):
    Segment.objects.create(key="s", name="s", definition={"trait": "country", "is": "GB"})
    monkeypatch.setattr(membership, "_fits", lambda *_: pytest.fail("somebody was asked about"))
    membership.evaluate({uuid.uuid4(): {changes.event(EVENTS[0])}}, NOW)


def test_an_answer_to_a_definition_that_was_changed_meanwhile_is_dropped(world, monkeypatch):
    ada = world.person({"country": "GB"})
    segment = Segment.objects.create(key="s", name="s", definition={"trait": "country", "is": "GB"})
    ask = membership._fits

    def meanwhile(*arguments):
        Segment.objects.filter(pk=segment.pk).update(version=2, definition={"any": []})
        return ask(*arguments)

    monkeypatch.setattr(membership, "_fits", meanwhile)
    evaluate_people([ada], NOW)
    assert not Membership.objects.exists()
