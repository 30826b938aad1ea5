"""The plugin that lays out a test run: seeds, samples, and what got slower."""

from __future__ import annotations

import pytest

from rapport.config import testing_run


@pytest.fixture(autouse=True)
def seed(monkeypatch):
    monkeypatch.setenv("RAPPORT_TEST_SEED", "20260105")


def test_a_seed_can_be_given_to_repeat_a_run():
    assert testing_run.seed() == 20260105


def test_a_sample_takes_every_nth_and_another_part_the_next_day(monkeypatch):
    items = [str(number) for number in range(10)]
    today = testing_run.sample(items, 5)
    monkeypatch.setenv("RAPPORT_TEST_SEED", "20260106")
    assert len(today) == 2
    assert set(today).isdisjoint(testing_run.sample(items, 5))


def test_all_samples_together_are_the_whole(monkeypatch):
    items, seen = [str(number) for number in range(11)], set()
    for day in range(20260101, 20260106):
        monkeypatch.setenv("RAPPORT_TEST_SEED", str(day))
        seen |= set(testing_run.sample(items, 5))
    assert seen == set(items)


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        ({}, {"a": 9.0}, 0),
        ({"a": 4.0}, {"a": 7.0}, 0),
        ({"a": 4.0}, {"a": 9.0}, 1),
        ({"a": 4.0}, {"b": 9.0}, 1),
        ({"a": 4.0}, {"b": 7.0}, 0),
    ],
)
def test_only_what_takes_twice_as_long_is_warned_of(before, now, lines):
    assert len(list(testing_run.slower(before, now))) == lines


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("src/rapport/people/tests/test_a.py::test_b[x::y]", "src/rapport/people/tests/test_a.py"),
        ("tests/browser/test_pages.py::test_axe", "tests/browser/"),
        ("tests/crash/test_crash.py::test_kill", "tests/crash/test_crash.py"),
        ("tests/architecture/test_size.py::test_files", "tests/architecture/"),
        ("tests/architecture/test_query_counts.py::test_page", "tests/architecture/test_query_counts.py"),
    ],
)
def test_tests_that_share_something_stay_together(nodeid, scope):
    assert testing_run.scope(nodeid) == scope
