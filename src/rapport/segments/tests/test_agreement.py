"""Preview, full computation and live upkeep against a naive evaluator, over the same random people."""

import datetime as dt
import random
import uuid
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.core import clickhouse as engine
from rapport.segments.models import Membership, Segment
from rapport.segments.services import compiler
from rapport.segments.tests import naive
from rapport.segments.tests.conftest import NOW, World

LONDON = ZoneInfo("Europe/London")
MS = dt.timedelta(milliseconds=1)
EVENTS = ["Order Completed", "Product Viewed", "Odd `'\"\\ Name"]
VALUES = [0, 1, 5, 50, 50.5, 0.1, 0.2, "5", "50.0", "abc", "ABC def", "", True, False, None, ["a", "B"], [1, 5],
          {"x": 1}, "2026-03-01", "2026-03-10T12:00:00Z", "2025-12-31T23:30:00-01:00", -3, "1e2", "nan"]  # fmt: skip
NAMES = ["total", "plan", "a.b", "q'`x"]
EDGES = [dt.timedelta(0), MS, -MS]
AGES = [
    dt.timedelta(0),
    dt.timedelta(hours=1),
    dt.timedelta(days=1),
    dt.timedelta(days=7),
    dt.timedelta(days=30),
]
SEGMENTS = ["seg-a", "seg-b"]


def tree(flat):
    """{"a.b": 1} as the client would send it: {"a": {"b": 1}}."""
    return {name.split(".")[0]: {"b": value} if "." in name else value for name, value in flat.items()}


def a_person(rng):
    events = [
        {
            "event": rng.choice(EVENTS),
            "at": NOW - rng.choice(AGES) + rng.choice(EDGES),
            "properties": tree({name: rng.choice(VALUES) for name in NAMES if rng.random() < 0.7}),
        }
        for _ in range(rng.choice([0, 0, 1, 2, 5]))
    ]
    return {
        "id": uuid.UUID(int=rng.getrandbits(128), version=4),
        "traits": tree({name: rng.choice(VALUES) for name in NAMES if rng.random() < 0.7}),
        "identifiers": rng.sample(["email:a@b.c", "email:X@y.z", "phone:+44", "user_id:7"], rng.randrange(4)),
        "consents": rng.sample(["news/email", "news/sms", "newspaper/email"], rng.randrange(3)),
        "segments": set(rng.sample(SEGMENTS, rng.randrange(3))),
        "events": events,
    }


def store(world, people, rng):
    """In any order, and a third of the people's events under the id of somebody merged into them."""
    lines = []
    segments = {key: Segment.objects.create(key=key, name=key, definition={"all": []}) for key in SEGMENTS}
    for person in people:
        world.person(
            person["traits"],
            person_id=person["id"],
            identifiers=person["identifiers"],
            consents=person["consents"],
        )
        old = uuid.UUID(int=rng.getrandbits(128), version=4)
        merged = rng.random() < 0.33
        if merged:
            world.person({}, person_id=old, deleted=1, version=2)
            world.merge(old, person["id"])
        for event in person["events"]:
            by = old if merged and rng.random() < 0.5 else person["id"]
            lines.append((by, event["event"], event["at"], event["properties"]))
        for key in person["segments"]:
            Membership.objects.create(
                segment=segments[key], person_id=person["id"], entered_at=NOW, definition_version=1
            )
            row = {"segment_id": segments[key].pk, "person_id": person["id"], "member": 1, "version": 1}
            world.insert("segment_members", [row])
    rng.shuffle(lines)
    for start in range(0, len(lines), 7):
        world.events(lines[start : start + 7])


scalars = st.sampled_from([0, 1, 5, 50, 50.5, 0.1, "5", "abc", "a", "ABC def", "", True, False, "x' OR 1"])
texts = st.sampled_from(["a", "abc", "B", "5", "ABC", "true", "2026", "'"])
numbers = st.sampled_from([0, 1, 5, 50, 50.5, 0.3, -3, 100])
instants = st.sampled_from(
    ["2026-03-01", "now", "-7d", "+1mo", "2026-03-10T12:00:00Z", "-1y", "2026-01-01T00:30:00"]
)
operands = {
    "is": scalars, "is_not": scalars, "in": st.lists(scalars, min_size=1, max_size=3),
    "not_in": st.lists(scalars, min_size=1, max_size=3), "contains": texts, "not_contains": texts,
    "starts_with": texts, "ends_with": texts, "gt": numbers, "gte": numbers, "lt": numbers, "lte": numbers,
    "before": instants, "after": instants, "on": st.just("2026-03-01"), "exists": st.booleans(),
}  # fmt: skip


@st.composite
def compared(draw, key, names, among=tuple(operands), least=1):
    chosen = draw(st.lists(st.sampled_from(among), min_size=least, max_size=2, unique=True))
    return {key: draw(st.sampled_from(names)), **{name: draw(operands[name]) for name in chosen}}


@st.composite
def behaviours(draw):
    clause = {draw(st.sampled_from(["did", "did", "did", "did_not"])): draw(st.sampled_from(EVENTS))}
    if draw(st.booleans()):
        clause["within"] = draw(st.sampled_from(["1h", "1d", "1w", "30d", "1mo", "60min"]))
    elif draw(st.booleans()):
        ends = st.sampled_from([None, "2026-03-10", "2026-03-03", "2026-03-10T11:00:00Z", "-1d"])
        clause["between"] = draw(st.tuples(ends, ends).filter(lambda t: t != (None, None)).map(list))
    if draw(st.booleans()):
        clause["where"] = draw(st.lists(compared("property", NAMES), min_size=1, max_size=2))
    if "did" in clause and draw(st.booleans()):
        clause[draw(st.sampled_from(["at_least", "at_most", "exactly"]))] = draw(st.integers(0, 3))
    if "did" in clause and draw(st.booleans()):
        function = draw(st.sampled_from(["sum", "average", "min", "max", "unique"]))
        clause |= {
            function: draw(st.sampled_from(NAMES)),
            draw(st.sampled_from(["gt", "gte", "lt", "lte", "is"])): draw(numbers),
        }
    return clause


leaves = st.one_of(
    compared("trait", NAMES),
    behaviours(),
    st.sampled_from([{"consent": "news"}, {"consent": "news", "channel": "email"}]),
    st.sampled_from([{"in_segment": key} for key in SEGMENTS]),
    compared(
        "identifier", ["email", "phone"], ("is", "contains", "ends_with", "starts_with", "not_contains"), 0
    ),
)
definitions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda c: {"all": c}),
        st.lists(inner, max_size=3).map(lambda c: {"any": c}),
        inner.map(lambda c: {"not": c}),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("seed", range(3))
def test_everybody_agrees_on_who_fits(db, clickhouse, seed):
    rng = random.Random(seed)
    people = [a_person(rng) for _ in range(40)]
    store(World(clickhouse), people, rng)
    ids = [person["id"] for person in people]
    held = {str(s.pk): [p["id"] for p in people if s.key in p["segments"]] for s in Segment.objects.all()}

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(definitions, min_size=1, max_size=4))
    def agree(batch):
        expected = [{p["id"] for p in people if naive.fits(d, p, NOW, LONDON)} for d in batch]
        for definition, fit in zip(batch, expected, strict=True):
            whole = compiler.compile_definition(definition, now=NOW)
            assert {row["person_id"] for row in engine.rows(whole.sql, whole.parameters)} == fit
            assert engine.scalar(whole.count_sql, whole.parameters) == len(fit)
        some = ids[:25]
        live = compiler.compile_many(batch, now=NOW, person_ids=some, members=held)
        rows = engine.rows(live.sql, live.parameters)
        found = {(position, row["person_id"]) for row in rows for position in row["fits"]}
        assert found == {(n, who) for n, fit in enumerate(expected) for who in fit if who in some}

    agree()
