"""The fixtures of every test are in `rapport.config.testing`; only a conftest can override pytest-django's."""

from pathlib import Path

import pytest

MARKED = {"browser", "clients", "crash"}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(engines):
    """pytest-django makes its database only after the engines are up."""


def pytest_collection_modifyitems(items):
    """What lies in tests/browser, tests/clients or tests/crash carries that mark."""
    here = Path(__file__).parent / "tests"
    for item in items:
        if item.path.is_relative_to(here) and (name := item.path.relative_to(here).parts[0]) in MARKED:
            item.add_marker(name)
