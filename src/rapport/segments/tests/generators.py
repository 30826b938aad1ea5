"""Random people and random definitions of every kind, for the tests in which all evaluators must agree."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from rapport.segments.tests.conftest import NOW, make_stages

LONDON = ZoneInfo("Europe/London")
MS = dt.timedelta(milliseconds=1)
EVENTS = ["Order Completed", "Product Viewed", "Odd `'\"\\ Name"]
VALUES = [0, 1, 5, 50, 50.5, 0.1, 0.2, "5", "50.0", "abc", "ABC def", "", True, False, None, ["a", "B"], [1, 5],
          {"x": 1}, "2026-03-01", "2026-03-10T12:00:00Z", "2025-12-31T23:30:00-01:00", -3, "1e2", "nan",
          "1984-02-29", "2000-03-14", "1999-12-31"]  # fmt: skip
PLAIN = [0, 1, 5, 50.5, "5", "abc", "ABC def", "", True, False, None]
NAMES = ["total", "plan", "a.b", "q'`x"]
LISTED = ["items[].sku", "items[].of.price"]
EDGES = [dt.timedelta(0), MS, -MS]
AGES = [dt.timedelta(0), dt.timedelta(minutes=30), dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(days=2),
        dt.timedelta(days=7), dt.timedelta(days=10), dt.timedelta(days=30)]  # fmt: skip
SEGMENTS = ["seg-a", "seg-b"]


def tree(flat):
    """{"a.b": 1} as the client would send it: {"a": {"b": 1}}."""
    return {name.split(".")[0]: {"b": value} if "." in name else value for name, value in flat.items()}


def an_item(rng):
    return {"sku": rng.choice(PLAIN), "of": {"price": rng.choice([1, 5, 50.5, None, "5"])}}


def an_event(rng):
    properties = tree({name: rng.choice(VALUES) for name in NAMES if rng.random() < 0.7})
    if rng.random() < 0.6:
        properties["items"] = [an_item(rng) for _ in range(rng.randrange(1, 4))]
    return {
        "event": rng.choice(EVENTS),
        "at": NOW - rng.choice(AGES) + rng.choice(EDGES),
        "properties": properties,
    }


def a_company(rng, n):
    traits = tree({name: rng.choice(PLAIN) for name in NAMES})
    return {"id": f"c{n}", "name": rng.choice(["Acme", "abc"]), "traits": traits}


def some_companies(rng):
    return [
        a_company(rng, n) | {"above": [a_company(rng, 9) for _ in range(rng.choice([0, 0, 1, 2]))]}
        for n in range(rng.choice([0, 0, 1, 2]))
    ]


def a_person(rng):
    traits = tree({name: rng.choice(VALUES) for name in NAMES if rng.random() < 0.7})
    if rng.random() < 0.5:
        traits["lifecycle_stage"] = rng.choice(["lead", "customer", "lapsed"])
    states = [
        (*pair, rng.choice(["granted", "withdrawn"]), NOW - rng.choice(AGES) + rng.choice(EDGES))
        for pair in rng.sample([("news", "email"), ("news", "sms"), ("newspaper", "email")], rng.randrange(4))
    ]
    return {
        "id": uuid.UUID(int=rng.getrandbits(128), version=4),
        "traits": traits,
        "identifiers": rng.sample(["email:a@b.c", "email:x@y.z", "phone:+44", "user_id:7"], rng.randrange(4)),
        "consents": [f"{purpose}/{channel}" for purpose, channel, state, _ in states if state == "granted"],
        "consent_states": states,
        "companies": some_companies(rng),
        "first_seen": NOW - rng.choice(AGES) + rng.choice(EDGES),
        "last_seen": NOW - rng.choice(AGES) + rng.choice(EDGES),
        "segments": set(rng.sample(SEGMENTS, rng.randrange(3))),
        "events": [an_event(rng) for _ in range(rng.choice([0, 0, 1, 2, 5, 9]))],
    }


scalars = st.sampled_from([0, 1, 5, 50, 50.5, 0.1, "5", "abc", "a", "ABC def", "", True, False, "x' OR 1"])
texts = st.sampled_from(["a", "abc", "B", "5", "ABC", "true", "2026", "'"])
numbers = st.sampled_from([0, 1, 5, 50, 50.5, 0.3, -3, 100])
instants = st.sampled_from(
    ["2026-03-01", "now", "-7d", "+1mo", "2026-03-10T12:00:00Z", "-1y", "2026-01-01T00:30:00"]
)
moments = st.sampled_from(["-1h", "-7d", "-30d", "-1mo", "now", "2026-03-03", "2026-03-10T11:00:00Z"])
periods = st.sampled_from(["1h", "1d", "2d", "1w"])
operands = {
    "is": scalars, "is_not": scalars, "in": st.lists(scalars, min_size=1, max_size=3),
    "not_in": st.lists(scalars, min_size=1, max_size=3), "contains": texts, "not_contains": texts,
    "starts_with": texts, "ends_with": texts, "gt": numbers, "gte": numbers, "lt": numbers, "lte": numbers,
    "before": instants, "after": instants, "on": st.just("2026-03-01"), "exists": st.booleans(),
    "anniversary_within": st.sampled_from([0, 1, 4, 7, 365, -1, -10, -69, -70]),
}  # fmt: skip
VALUED = tuple(
    name for name in operands if name not in ("before", "after", "on", "exists", "anniversary_within")
)


@st.composite
def compared(draw, key, names, among=tuple(operands), least=1):
    chosen = draw(st.lists(st.sampled_from(among), min_size=least, max_size=2, unique=True))
    return {key: draw(st.sampled_from(names)), **{name: draw(operands[name]) for name in chosen}}


conditions = st.lists(
    st.one_of(compared("property", NAMES), compared("property", LISTED, VALUED)), min_size=1, max_size=2
)


def windows(draw):
    if draw(st.booleans()):
        return {"within": draw(st.sampled_from(["1h", "1d", "1w", "30d", "1mo", "60min"]))}
    if draw(st.booleans()):
        ends = st.sampled_from([None, "2026-03-10", "2026-03-03", "2026-03-10T11:00:00Z", "-1d", "-10d"])
        return {"between": draw(st.tuples(ends, ends).filter(lambda t: t != (None, None)).map(list))}
    return {}


def figures(draw):
    kind = draw(st.sampled_from(["", "amount", "value", "time", "days", "each"]))
    if kind == "amount":
        function = draw(st.sampled_from(["sum", "average", "min", "max", "unique"]))
        return {function: draw(st.sampled_from(NAMES)),
                draw(st.sampled_from(["gt", "gte", "lt", "lte", "is"])): draw(numbers)}  # fmt: skip
    if kind == "value":
        return draw(
            compared(draw(st.sampled_from(["first_value", "last_value", "most_frequent"])), NAMES, VALUED)
        )
    if kind == "time":
        dated = {draw(st.sampled_from(["before", "after"])): draw(moments)}
        return {draw(st.sampled_from(["first_time", "last_time"])): dated}
    if kind == "days":
        return {"on_days": draw(st.integers(1, 3))}
    return {"each": draw(periods), "periods": draw(st.integers(1, 3))} if kind == "each" else {}


@st.composite
def behaviours(draw):
    clause = {
        draw(st.sampled_from(["did", "did", "did", "did_not"])): draw(st.sampled_from(EVENTS)),
        **windows(draw),
    }
    if draw(st.booleans()):
        clause["where"] = draw(conditions)
    if "did" in clause and draw(st.booleans()):
        clause[draw(st.sampled_from(["at_least", "at_most", "exactly"]))] = draw(st.integers(0, 3))
    return {**clause, **figures(draw)} if "did" in clause else clause


@st.composite
def sequences(draw):
    steps = [{"did": draw(st.sampled_from(EVENTS))}]
    for last in [False] * draw(st.integers(0, 2)) + [True]:
        negative = draw(st.booleans()) and "did" in steps[-1] and (last or draw(st.booleans()))
        step = {"did_not" if negative else "did": draw(st.sampled_from(EVENTS))}
        if draw(st.booleans()):
            step["within"] = draw(periods)
        steps.append(step)
    if draw(st.booleans()):
        draw(st.sampled_from(steps))["where"] = draw(conditions)
    same = {"same": draw(st.sampled_from(NAMES))} if draw(st.booleans()) else {}
    return {"sequence": steps, **same, **windows(draw)}


@st.composite
def consents(draw):
    clause = {"consent": "news", "state": draw(st.sampled_from(["granted", "withdrawn", "never"]))}
    if draw(st.booleans()):
        clause["channel"] = "email"
    if clause["state"] != "never" and draw(st.booleans()):
        clause["since"] = {draw(st.sampled_from(["before", "after"])): draw(moments)}
    return clause


leaves = st.one_of(
    compared("trait", NAMES),
    behaviours(),
    behaviours(),
    sequences(),
    consents(),
    compared("company", ["name", "id", *NAMES], VALUED),
    compared("company", NAMES, VALUED).map(lambda clause: {**clause, "which": "primary"}),
    compared("company", ["name", *NAMES], VALUED).map(lambda clause: {**clause, "or_above": True}),
    compared("score", NAMES, ("gt", "gte", "lt", "lte")),
    compared("profile", ["first_seen", "last_seen"], ("before", "after", "anniversary_within")),
    st.sampled_from([{"lifecycle": ["lead"]}, {"lifecycle": ["lapsed", "customer"]}]),
    st.sampled_from(
        [{"sample": 30}, {"sample": 50, "from": 50, "salt": "x"}, {"sample": 0.5}, {"sample": 100}]
    ),
    st.sampled_from([{"consent": "news"}, {"consent": "news", "channel": "email"}]),
    st.sampled_from([{"in_segment": key} for key in SEGMENTS]),
    compared(
        "identifier", ["email", "phone"], ("is", "contains", "ends_with", "starts_with", "not_contains"), 0
    ),
    st.sampled_from([{"identifier": "email", "exactly": 0}, {"identifier": "email", "at_least": 2}]),
)
moving = st.one_of(
    behaviours(),
    behaviours(),
    sequences(),
    consents(),
    compared("trait", NAMES, ("before", "after", "anniversary_within")),
    compared("profile", ["first_seen", "last_seen"], ("before", "after", "anniversary_within")),
)
timed = st.one_of(
    moving, moving.map(lambda c: {"not": c}), st.lists(moving, max_size=2).map(lambda c: {"any": c})
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


def store(world, people, rng):
    """In any order, and a third of the people's events under the id of somebody merged into them."""
    from rapport.governance.models import Purpose
    from rapport.segments.models import Membership, Segment

    lines = []
    Purpose.objects.get_or_create(key="news", defaults={"name": "News"})
    make_stages("lead", "customer", "lapsed")
    segments = {key: Segment.objects.create(key=key, name=key, definition={"all": []}) for key in SEGMENTS}
    for person in people:
        lines += _one(world, person, rng)
        for key in person["segments"]:
            stay = {"segment": segments[key], "person_id": person["id"]}
            Membership.objects.create(**stay, entered_at=NOW, definition_version=1)
            row = {"segment_id": segments[key].pk, "person_id": person["id"], "member": 1, "version": 1}
            world.insert("segment_members", [row])
    rng.shuffle(lines)
    for start in range(0, len(lines), 7):
        world.events(lines[start : start + 7])


def _one(world, person, rng):
    """Stores the person; returns his events as lines, each under the id that it came with."""
    from rapport.segments.clauses.company import as_stored

    world.person(
        person["traits"],
        person_id=person["id"],
        identifiers=person["identifiers"],
        consents=person["consents"],
        consent_states=[[*c[:3], c[3].isoformat(" ", "milliseconds")[:23]] for c in person["consent_states"]],
        companies=[
            as_stored(c["id"], c["name"], c["traits"], c.get("above", [])) for c in person["companies"]
        ],
        first_seen_at=person["first_seen"].isoformat(),
        last_seen_at=person["last_seen"].isoformat(),
    )
    old = uuid.UUID(int=rng.getrandbits(128), version=4)
    merged = rng.random() < 0.33
    if merged:
        world.person({}, person_id=old, deleted=1, version=2)
        world.merge(old, person["id"])
    return [
        (old if merged and rng.random() < 0.5 else person["id"], e["event"], e["at"], e["properties"])
        for e in person["events"]
    ]
