"""How much of the events a segment reads."""

import datetime as dt
import re
import uuid
from zoneinfo import ZoneInfo

import pytest

from rapport.core import clickhouse as ch
from rapport.segments.language.compilation import Compilation, Look
from rapport.segments.services import compiler
from rapport.segments.tests.conftest import NOW

DAY = dt.timedelta(days=1)
MANY = """
    INSERT INTO events (person_id, at, event, type, message_id, received_at, source, user_id, anonymous_id, context,
        properties)
    SELECT reinterpretAsUUID(MD5(toString(number % 2000))), toDateTime64('2026-03-01 00:00:00', 3, 'UTC') AS at,
        concat('E', toString(number % 20)), 'track', toString(number), at, 's', '', '', '{}', '{"total":1}'
    FROM numbers(40000)
"""
RARE = {"did": "E3", "sum": "total", "gt": 0}


@pytest.fixture
def many(world):
    ch.execute(MANY)


def plan(compiled):
    rows = (
        ch.client().query(f"EXPLAIN indexes = 1 {compiled.sql}", parameters=compiled.parameters).result_rows
    )
    return "\n".join(row[0] for row in rows)


def granules(text, table):
    match = re.search(rf"ReadFromMergeTree \({table}\).*?Granules: (\d+)", text, re.DOTALL)
    return int(match[1]) if match else 0


def test_a_segment_over_everybody_reads_the_rows_of_its_events_only(many):
    read = granules(plan(compiler.compile_definition(RARE, now=NOW)), "by_event")
    assert 0 < read <= 40000 / 20 / 512 + 2


def test_live_upkeep_reads_the_rows_of_its_persons_only(many):
    id_batch = [uuid.UUID(str(ch.scalar("SELECT person_id FROM events LIMIT 1")))]
    text = plan(compiler.compile_many([RARE], now=NOW, person_ids=id_batch))
    assert 0 < granules(text, r"\S*events") + granules(text, "by_event") <= 2


@pytest.fixture
def to():
    return Compilation(NOW, ZoneInfo("UTC"))


def test_of_conditions_that_begin_alike_the_longest_counts(to):
    to.looks_at("event = {p0:String}", ["A"], None)
    to.looks_at("event = {p0:String} AND at >= {p1:Int64}", ["A"], NOW - DAY)
    look = to.look_of("sumIf(x, event = {p0:String} AND at >= {p1:Int64} AND isNotNull(x))")
    assert look == Look(frozenset("A"), NOW - DAY)


def test_one_condition_asked_for_twice_is_needed_from_the_earlier_moment(to):
    to.looks_at("event = {p0:String}", ["A"], NOW - DAY)
    to.looks_at("event = {p0:String}", ["A"], NOW - 2 * DAY)
    assert to.look_of("countIf(event = {p0:String})").since == NOW - 2 * DAY


def test_what_is_needed_from_the_beginning_is_not_cut(to):
    assert (Look(frozenset("A"), None) | Look(frozenset("B"), NOW)).since is None


def test_what_events_carry_is_read_of_the_events_that_it_is_asked_of(many):
    both = {"all": [{"did": "E1", "at_least": 1}, {**RARE, "within": "30d"}]}
    compiled = compiler.compile_definition(both, now=NOW)
    passes = re.findall(r"SELECT person_id, ([^()]*\(.*?) FROM events PREWHERE (.*?) GROUP BY", compiled.sql)
    assert [("properties" in read, where.count("String")) for read, where in passes] == [
        (False, 2),
        (True, 1),
    ]


def test_what_one_reading_covers_is_not_read_twice(many):
    assert compiler.compile_definition(RARE, now=NOW).sql.count("FROM events ") == 1
