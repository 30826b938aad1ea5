"""`bin/test --changed` runs what a change can break."""

from __future__ import annotations

import pytest

from tests.architecture.changed import folders

HEIGHTS = {"config": 0, "segments": 1, "channels": 1, "people": 2, "core": 3}
EVERYTHING = ["src", "tests"]


def apps(*names):
    return ["tests/architecture", *(f"src/rapport/{name}" for name in names)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["src/rapport/config/urls.py"], apps("config")),
        (["src/rapport/segments/queries.py"], apps("config", "segments")),
        (["src/rapport/people/tests/test_pages.py"], apps("channels", "config", "people", "segments")),
        (["src/rapport/core/clock.py"], apps("channels", "config", "core", "people", "segments")),
        (["tests/browser/walk.py"], ["tests/architecture", "tests/browser"]),
        (["docs/guide/start.md", "CHANGELOG.md"], ["tests/architecture"]),
        (["pyproject.toml"], EVERYTHING),
        (["src/rapport/__init__.py"], EVERYTHING),
        ([], ["tests/architecture"]),
    ],
)
def test_a_change_calls_for_its_apps_and_those_above(files, expected):
    assert folders(files, HEIGHTS, set(HEIGHTS)) == expected


def test_an_app_that_is_gone_is_not_asked_for():
    assert folders(["src/rapport/people/models.py"], HEIGHTS, {"config", "core"}) == apps("config")
