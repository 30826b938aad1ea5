"""What benchmarks make up, find and add up: all of them but the measuring, which needs a quiet machine."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
from collections import Counter

import pytest

from rapport import bench
from rapport.bench import identity_sets, load, pages, processes, rig, segments_data, stream
from rapport.core.clock import VirtualClock
from rapport.segments.language.tree import check

NOW = VirtualClock(dt.datetime(2026, 3, 15, 12, 30, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [
        (1, 50, 1),
        (1, 99, 1),
        (2, 50, 1),
        (20, 95, 19),
        (100, 95, 95),
        (100, 99, 99),
        (101, 99, 100),
        (3, 100, 3),
    ],
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(count, share, expected):
    values = [float(number) for number in range(1, count + 1)]
    random.Random(count).shuffle(values)
    assert rig.percentile(values, share) == expected


def test_an_unknown_benchmark_is_answered_with_the_names_of_all():
    with pytest.raises(bench.Unknown) as refusal:
        bench.run("speed", bench.Options())
    for name in ("capture", "identity", "import", "pages", "segments", "stream"):
        assert name in str(refusal.value)


def test_figures_say_what_they_were_measured_on():
    assert bench.machine()["cores"] >= 1
    assert bench.machine()["memory_gb"] > 0
    assert {"python", "rapport", "django", "chdb"} <= bench.versions().keys()


def test_a_folder_of_its_own_is_gone_afterwards_and_a_given_one_stays(tmp_path):
    with bench._folder(None) as folder:
        assert folder.is_dir()
    assert not folder.exists()
    with bench._folder(tmp_path) as folder:
        assert folder == tmp_path
    assert tmp_path.is_dir()


def test_the_load_is_what_a_shop_sends():
    shapes = [json.loads(shape) for shape in load.shapes()]
    kinds = Counter(shape.get("event") or shape["type"] for shape in shapes)
    assert kinds == dict(load.MIX)
    assert all(shape["context"] == load.CONTEXT for shape in shapes)


def test_no_two_events_of_a_body_have_one_message_id():
    for body in load.bodies(50, count=3):
        events = json.loads(body)["batch"]
        assert len({event["messageId"] for event in events}) == 50
        assert all(event["messageId"].startswith(load.PREFIX.decode()) for event in events)


@pytest.mark.parametrize("status", [200, 429, 503])
def test_an_answer_is_read_whole(status):
    async def read():
        reader = asyncio.StreamReader()
        reader.feed_data(
            f"HTTP/1.1 {status} X\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 204 Y\r\n\r\n".encode()
        )
        return await load._answer(reader), await load._answer(reader)

    assert asyncio.run(read()) == (status, 204)


@pytest.mark.parametrize("number", range(stream.SEGMENTS))
def test_every_segment_that_is_measured_is_valid(number):
    assert check(stream.definitions()[number]) == []


def test_costs_per_event_are_told_apart_by_process():
    before, after = Counter(web=1.0, postgres=2.0), Counter(web=1.5, postgres=2.0, stream=0.25)
    assert processes.per_event(before, after, 1_000) == {
        "postgres": 0.0,
        "stream": 250.0,
        "web": 500.0,
        "all": 750.0,
    }
    assert processes.per_event(before, before, 0)["all"] == 0.0


def test_pages_are_found_along_links_but_not_files_other_peoples_pages_or_exports():
    body = """<a href="/people/?q=a&amp;sort=name">x</a> <div hx-get='/segments/'></div> <a href="/nowhere/">x</a>
        <a href="/people/?export=csv">x</a> <script src="/static/core/app.js"></script> <a href="/mailbox/">x</a>
        <a href="https://example.org/people/">x</a> <a href="/api/v1/people">x</a>"""
    assert list(pages._links(body)) == [
        ("people:list", "/people/?q=a&sort=name"),
        ("segments:list", "/segments/"),
    ]


def test_a_page_over_its_limit_is_counted_and_the_slowest_stands_first():
    times = {"quick": [(10.0, 0.001)] * 20, "slow": [(10.0, 0.001)] * 18 + [(90.0, 0.003)] * 2}
    summary = pages._summary(times, 60, {"quick": 12.0, "slow": 200.0})
    assert (summary["pages"], summary["over_limit"], list(summary["by_p95"])) == (2, 1, ["slow", "quick"])
    assert summary["by_p95"]["slow"] == {"cpu_ms": 1.2, "first_ms": 200.0, "p50_ms": 10.0, "p95_ms": 90.0}


@pytest.mark.parametrize("events", [0, 1, 999, 1_000_000, 30_000_000])
def test_a_year_of_events_is_made_whole_month_by_month(events):
    blocks = list(segments_data._blocks(events, NOW))
    assert sum(count for _start, _span, count in blocks) == events
    assert all(0 < count <= segments_data.BLOCK for _start, _span, count in blocks)
    midnight = dt.datetime(2026, 3, 15, tzinfo=dt.UTC)
    for start, span, _count in blocks:
        first = dt.datetime.fromtimestamp(start / 1000, dt.UTC)
        last = dt.datetime.fromtimestamp((start + span - 1) / 1000, dt.UTC)
        assert (first.year, first.month) == (last.year, last.month)
        assert midnight - dt.timedelta(days=365) <= first <= last < midnight


def test_records_with_the_same_values_are_one_record_of_their_side():
    records = {}
    fields = {"name": "title", "city": "venue"}
    rows = [{"left_title": "`A'", "left_venue": "x", "right_title": "A", "right_venue": "x"}] * 2
    ids = {identity_sets._record(row, side, fields, records) for row in rows for side in ("left", "right")}
    assert ids == {"left0", "right1"}
    assert set(records) == {("left", ("A", "x")), ("right", ("A", "x"))}


def test_sets_that_are_not_there_are_left_out(tmp_path):
    assert identity_sets.evaluate(tmp_path) == {}
