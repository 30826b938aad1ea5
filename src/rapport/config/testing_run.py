"""How a test run is laid out over processes, seeded and watched. A part of the plugin `config.testing`.

`--slowest FILE` compares the twenty slowest tests of a run with those in the file and warns of what grew, because
machines differ; a test that is not marked `slow` and takes over ten seconds fails. `--keep-slowest` writes the file.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LIMIT_SECONDS, LISTED, TOLERANCE = 10.0, 20, 2.0
# Fixtures that start a whole server once: what uses one of them stays in one process.
SHARED = {"product": "tests/browser", "rapport": "tests/clients"}
# Given to everything in a folder.
MARKED = {"tests/browser/": "browser", "tests/clients/": "clients"}
MAY_TAKE_LONG = {"slow", "crash", "clients", "browser"}
# What xdist adds to the name of a test.
GROUP = re.compile(r"@(src|tests)/[\w./-]+$")
_durations: dict[str, float] = {}
_long: set[str] = set()


def seed() -> int:
    """What random tests are seeded with: the day, or RAPPORT_TEST_SEED to repeat an earlier day's run."""
    return int(os.environ.setdefault("RAPPORT_TEST_SEED", f"{dt.datetime.now(dt.UTC):%Y%m%d}"))


def sample(items: list[str], one_in: int) -> list[str]:
    """Every so many-th of a list, another part of it every day."""
    return items[seed() % one_in :: one_in]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slowest", metavar="FILE", help="Compare the slowest tests with those in FILE.")
    parser.addoption("--keep-slowest", action="store_true", help="Write the slowest tests to that file.")


def pytest_report_header() -> str:
    return f"seed of this run: RAPPORT_TEST_SEED={seed()}"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Property tests take another path every day; xdist's processes inherit the seed, so all agree on it."""
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = str(seed())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For `--dist loadgroup`: files stay together, and what shares a server; what takes longest comes first."""
    for item in items:
        path = item.nodeid.partition("::")[0]
        for folder, name in MARKED.items():
            if path.startswith(folder):
                item.add_marker(name)
        servers = SHARED.keys() & set(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group(min((SHARED[name] for name in servers), default=path)))
        if MAY_TAKE_LONG & {mark.name for mark in item.iter_markers()}:
            _long.add(item.nodeid)
    items.sort(key=lambda item: not item.nodeid.startswith("tests/"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In the process that collects the results; set-up is left out, because the first test pays for all."""
    if report.when == "call":
        _durations[GROUP.sub("", report.nodeid)] = report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    if not (name := config.getoption("--slowest")):
        return
    path = Path(name)
    for line in slower(json.loads(path.read_text()) if path.exists() else {}, _durations):
        terminalreporter.write_line(line, yellow=True)
    if config.getoption("--keep-slowest"):
        slowest = sorted(_durations.items(), key=lambda item: -item[1])[:LISTED]
        rounded = {test: round(seconds, 1) for test, seconds in slowest}
        path.write_text(json.dumps(rounded, indent=1) + "\n")


def slower(before: dict[str, float], now: dict[str, float]) -> Iterator[str]:
    """What takes more than twice as long as written down, and what is new among the slow."""
    for name, seconds in sorted(now.items(), key=lambda item: -item[1])[:LISTED]:
        if before and seconds > max(1.0, TOLERANCE * max(before.get(name, 0.0), min(before.values()))):
            yield f"slower than it was: {name} ({before.get(name, 0):.1f} s, now {seconds:.1f} s)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: pytest.TestReport = yield  # type: ignore[assignment]
    watched = item.config.getoption("--slowest") and call.when == "call" and item.nodeid not in _long
    if watched and report.passed and call.duration > LIMIT_SECONDS:
        report.outcome = "failed"
        report.longrepr = (
            f"{call.duration:.0f} s: a test over {LIMIT_SECONDS:.0f} s is marked slow, or made faster"
        )
    return report  # type: ignore[return-value]
