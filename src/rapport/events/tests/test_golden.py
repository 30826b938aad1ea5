"""Bodies as Segment's specification and other people's clients write them, and what is stored of each."""

import datetime as dt
import json
from pathlib import Path

import pytest

from rapport.core.clickhouse import rows
from rapport.events.models import Source
from rapport.events.services import capture, log
from rapport.events.services.envelope import SHORT
from rapport.events.services.source_cache import SourceFacts
from rapport.people.queries import find

CASES = json.loads(Path(__file__).with_name("golden.json").read_text())
RECEIVED = dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC)
STORED = (
    "SELECT type, event, message_id, toString(at) AS at, user_id, anonymous_id, toJSONString(properties) AS properties,"
    " toJSONString(context) AS context FROM events WHERE source = 'golden' ORDER BY at, message_id"
)


@pytest.fixture
def take(live):
    """take(case): the whole event pipeline, from the body to the store."""
    source = Source.objects.create(name="golden", write_key="wk_golden")

    def run(case):
        kind = SHORT.get(case["path"], case["path"])
        body = json.dumps(case["body"]).encode()
        accepted = capture.read(kind, body, SourceFacts(source.pk, frozenset()), RECEIVED, {})
        log.append(source.pk, accepted.events, RECEIVED)
        live.settle()
        return accepted

    return run


def stored():
    events = rows(STORED)
    return [row | {name: json.loads(row[name]) for name in ("properties", "context")} for row in events]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_body_is_stored_as_its_sender_meant_it(take, case):
    accepted = take(case)
    events = stored()
    assert len(events) == len(case["stored"])
    for row, expected in zip(events, case["stored"], strict=True):
        assert {name: row[name] for name in expected} == expected
    assert len(accepted.refused) == case.get("refused", 0)


@pytest.mark.parametrize("case", [case for case in CASES if "traits" in case], ids=lambda case: case["name"])
def test_the_traits_reach_the_person(take, actor, case):
    take(case)
    person = find(actor, f"user_id:{case['body']['userId']}")
    assert {name: person.traits[name] for name in case["traits"]} == case["traits"]


@pytest.mark.parametrize(
    "case", [case for case in CASES if "identifiers" in case], ids=lambda case: case["name"]
)
def test_the_ids_belong_to_one_person(take, actor, case):
    take(case)
    person = find(actor, f"user_id:{case['body']['userId']}")
    assert {identifier.value for identifier in person.identifiers.all()} == set(case["identifiers"])
