"""How a test run is laid out over processes, seeded and watched. A part of the plugin `config.testing`.

`--slowest FILE` compares the twenty slowest tests of a run with those in the file and warns of what grew, because
machines differ; so does what takes over ten seconds and is not marked `slow`. `--keep-slowest` writes the file.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rapport.core.clock import SYSTEM, Clock

LIMIT_SECONDS, LISTED, TOLERANCE = 10.0, 20, 2.0
# Given to everything in a folder, whose tests share one server and so stay in one process.
MARKED = {"tests/browser/": "browser", "tests/clients/": "clients"}
# Tests of the tracker alone need no server but capture's own.
TRACKER_ALONE = ("test_tracker.py", "test_tracker_consent.py", "test_tracker_delivery.py")
# The tests in it share the parsed sources, and so one process, but for the one that asks every page.
ARCHITECTURE, ASKING_PAGES = "tests/architecture/", "test_query_counts.py"
MAY_TAKE_LONG = {"slow", "crash", "clients", "browser"}
_durations: dict[str, float] = {}
_too_long: set[str] = set()


def seed(clock: Clock = SYSTEM) -> int:
    """What random tests are seeded with: the day, or RAPPORT_TEST_SEED to repeat an earlier day's run."""
    return int(os.environ.setdefault("RAPPORT_TEST_SEED", f"{clock.now():%Y%m%d}"))


def sample(items: list[str], one_in: int) -> list[str]:
    """Every so many-th of a list, another part of it every day."""
    return [item for number, item in enumerate(items) if is_in_sample(number, one_in)]


def is_in_sample(number: int, one_in: int) -> bool:
    """Whether today's part of a list has its entry of this number."""
    return number % one_in == seed() % one_in


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


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """What collecting leaves behind stays to the end: the garbage collector need not go through it again and again."""
    gc.disable()
    yield
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what lies in the folders of whole servers. What takes longest comes first."""
    for item in items:
        for folder, name in MARKED.items():
            if item.nodeid.startswith(folder):
                item.add_marker(name)
    items.sort(key=lambda item: not item.nodeid.startswith("tests/"))


def scope(nodeid: str) -> str:
    """What stays in one process: a folder whose tests share a server or the parsed sources, else a file."""
    file = nodeid.partition("::")[0]
    if file.startswith(ARCHITECTURE) and not file.endswith(ASKING_PAGES):
        return ARCHITECTURE
    if file.endswith(TRACKER_ALONE):
        return file
    return next((folder for folder in MARKED if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hands out tests by `scope`, as `--dist loadfile` does by file."""
    from xdist.scheduler import LoadScopeScheduling

    class ByServer(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

    return ByServer(config, log)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In the process that collects the results; set-up is left out, because the first test pays for all."""
    if report.when == "call":
        _durations[report.nodeid] = report.duration
        if report.duration > LIMIT_SECONDS and not MAY_TAKE_LONG & set(report.keywords):
            _too_long.add(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    if not (name := config.getoption("--slowest")):
        return
    path = Path(name)
    for line in slower(json.loads(path.read_text()) if path.exists() else {}, _durations):
        terminalreporter.write_line(line, yellow=True)
    for test in sorted(_too_long):
        terminalreporter.write_line(
            f"over {LIMIT_SECONDS:.0f} s: mark it slow, or make it faster: {test}", yellow=True
        )
    if config.getoption("--keep-slowest"):
        slowest = sorted(_durations.items(), key=lambda item: -item[1])[:LISTED]
        rounded = {test: round(seconds, 1) for test, seconds in slowest}
        path.write_text(json.dumps(rounded, indent=1) + "\n")


def slower(before: dict[str, float], now: dict[str, float]) -> Iterator[str]:
    """What takes more than twice as long as written down, and what is new among the slow."""
    for name, seconds in sorted(now.items(), key=lambda item: -item[1])[:LISTED]:
        if before and seconds > max(1.0, TOLERANCE * max(before.get(name, 0.0), min(before.values()))):
            yield f"slower than it was: {name} ({before.get(name, 0):.1f} s, now {seconds:.1f} s)"
