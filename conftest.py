"""The fixtures of every test are in `rapport.config.testing`; only a conftest can override pytest-django's."""

import pytest


@pytest.fixture(scope="session")
def django_db_modify_db_settings(engines):
    """pytest-django makes its database only after the engines are up."""
