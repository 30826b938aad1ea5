"""Preview, backfill and live upkeep of computed traits against a naive evaluator, over the same random people."""

import json
import random
import uuid
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.core import clickhouse as engine
from rapport.core.queries import workspace
from rapport.segments.computed.language import definition
from rapport.segments.computed.services import compiler
from rapport.segments.tests import naive_figures as naive
from rapport.segments.tests.conftest import NOW
from rapport.segments.tests.generators import AGES, EDGES, EVENTS, NAMES, VALUES, compared, tree

LONDON = ZoneInfo("Europe/London")
PROPERTIES = [*NAMES, "tags", "tags[]", "products[].quantity", "products[].a.b", "currency"]
CURRENCIES = ["GBP", "EUR", "gbp", "", None, "pounds", 5, {"x": 1}]
AMOUNTS = ["sum", "average", "min", "max"]
OF_EVENTS = ["count", "first_time", "last_time", "days_since_first", "days_since_last"]
OF_VALUES = ["first", "last", "most_frequent", "list", "unique"]


def a_product(rng):
    return tree({name: rng.choice(VALUES) for name in ("quantity", "a.b") if rng.random() < 0.8})


def an_event(rng):
    own = {name: rng.choice(VALUES) for name in NAMES if rng.random() < 0.7}
    properties = tree(own) | {"currency": rng.choice(CURRENCIES)}
    products = [a_product(rng) for _ in range(rng.randrange(3))]
    properties["products"] = rng.choice([products, products, products, "none", 5, {"quantity": 3}])
    properties["tags"] = rng.choice(
        [["a", "B", "a"], [1, 2.5, 1], [], "a", 5, None, [True, "x", 1.5], [["a"], "b"]]
    )
    at = NOW - rng.choice(AGES) + rng.choice(EDGES)
    number = str(uuid.UUID(int=rng.getrandbits(128)))
    return {"event": rng.choice(EVENTS), "at": at, "properties": properties, "message_id": number}


@pytest.fixture
def crowd(world, request):
    """Forty persons, events stored in any order and for a third of them partly under a merged person's id."""
    rng = random.Random(request.param)
    people, lines = [], []
    for _ in range(40):
        events = [an_event(rng) for _ in range(rng.choice([0, 0, 1, 2, 5, 8]))]
        person, old = world.person({}), uuid.UUID(int=rng.getrandbits(128), version=4)
        merged = rng.random() < 0.33
        if merged:
            world.merge(old, person)
        lines += [(old if merged and rng.random() < 0.5 else person, e) for e in events]
        people.append({"id": person, "events": events})
    rng.shuffle(lines)
    for start in range(0, len(lines), 7):
        world.insert("events", [line(person, event) for person, event in lines[start : start + 7]])
    return people


def line(person, event):
    at = event["at"].isoformat(timespec="milliseconds")
    return event | {
        "person_id": person,
        "at": at,
        "received_at": at,
        "type": "track",
        "source": "t",
        "context": {},
    }


@st.composite
def definitions(draw):
    figure = draw(st.sampled_from([*AMOUNTS, *OF_EVENTS, *OF_VALUES]))
    definition = {"figure": figure, "events": draw(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=3))}
    if figure not in OF_EVENTS:
        definition["property"] = draw(st.sampled_from(PROPERTIES))
    if figure in AMOUNTS and draw(st.booleans()):
        definition["currency"] = draw(st.sampled_from(["GBP", "EUR", "each"]))
    if figure == "list":
        definition["limit"] = draw(st.integers(1, 4))
    if figure in ("count", "sum", "unique") and definition.get("currency") != "each":
        definition["zero"] = draw(st.booleans())
    if draw(st.booleans()):
        definition["within"] = draw(st.sampled_from(["1h", "1d", "1w", "30d", "1mo", "60min"]))
    elif draw(st.booleans()):
        ends = st.sampled_from([None, "2026-03-10", "2026-03-03", "2026-03-10T11:00:00Z", "-1d"])
        definition["between"] = draw(st.tuples(ends, ends).filter(lambda t: t != (None, None)).map(list))
    if draw(st.booleans()):
        definition["where"] = draw(st.lists(compared("property", NAMES), min_size=1, max_size=2))
    return definition


def values_by_person(compiled):
    rows = engine.rows(compiled.sql, compiled.parameters)
    return {row["person_id"]: [json.loads(text) if text else None for text in row["fresh"]] for row in rows}


@pytest.mark.parametrize("crowd", range(3), indirect=True)
def test_everybody_agrees_on_the_values(crowd):
    own = workspace().currency
    id_batch = [person["id"] for person in crowd[:25]]

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(definitions(), min_size=1, max_size=4))
    def agree(batch):
        assert [p for d in batch for p in definition.check(d)] == []
        expected = {p["id"]: [naive.compute(d, p, NOW, LONDON, own) for d in batch] for p in crowd}
        assert values_by_person(compiler.compile_values(batch, now=NOW)) == expected
        live = compiler.compile_values(batch, now=NOW, person_ids=id_batch)
        assert values_by_person(live) == {who: expected[who] for who in id_batch}
        wanted = {f"t{n}": d for n, d in enumerate(batch)}
        differing = values_by_person(compiler.compile_differences(wanted, now=NOW))
        assert differing == {who: v for who, v in expected.items() if any(x is not None for x in v)}

    agree()
