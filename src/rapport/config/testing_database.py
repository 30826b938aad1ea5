"""Databases of the tests: fast instead of durable, and emptied by what was written rather than table by table.

A part of the plugin `config.testing`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

# Nothing of a test outlives its run, so nothing needs to reach the disk.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# Django fills these from the code whenever it migrates; no test changes them.
LEFT_ALONE = ("django_migrations", "django_content_type", "auth_permission", "django_site")
EMPTY = """
DO $$
DECLARE name text; filled boolean;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOREACH name IN ARRAY %s::text[] LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %%I)', name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %%I', name); END IF;
  END LOOP;
END $$
"""
STORED_TABLES = (
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
)
_seeded: list[str] = []


def make_fast() -> None:
    """Before the engines start: PostgreSQL without waiting for the disk, passwords without thousands of rounds."""
    from django.conf import settings
    from django.test import TransactionTestCase

    from rapport.core.engines import postgres

    postgres.SETTINGS.update(NOT_DURABLE)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]


def make_clickhouse_fast() -> None:
    """Once its tables are there: ClickHouse without waiting for the disk, as PostgreSQL."""
    from rapport.core import clickhouse

    for (name,) in clickhouse.client().query(STORED_TABLES).result_rows:
        clickhouse.client().command(
            f"ALTER TABLE `{name}` MODIFY SETTING fsync_after_insert = 0, fsync_part_directory = 0"
        )


def empty_clickhouse() -> None:
    """Empties the few tables that have any rows."""
    from rapport.core import clickhouse

    for (name,) in clickhouse.client().query(f"{STORED_TABLES} AND total_rows > 0").result_rows:
        clickhouse.execute(f"TRUNCATE TABLE `{name}`")


def _empty(_case: Any) -> None:
    """Deletes the rows of the few tables that have any, in place of Django's TRUNCATE of every table."""
    from django.db import connection
    from psycopg import sql

    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    kept = [name for name in names if name not in LEFT_ALONE]
    with connection.cursor() as cursor:
        # A DO block takes no parameters.
        cursor.execute(EMPTY.replace("%s", sql.Literal(kept).as_string(cursor.connection)).replace("%%", "%"))


@pytest.fixture(scope="session")
def _seeds(django_db_setup: None, django_db_blocker: Any) -> None:
    """What migrations put into the database, to be put back after a test that empties it."""
    from django.db import connection

    with django_db_blocker.unblock():
        rows = json.loads(connection.creation.serialize_db_to_string())
    own = {"contenttypes.contenttype", "auth.permission", "sites.site"}
    _seeded.append(json.dumps([row for row in rows if row["model"] not in own]))


def _empties(item: pytest.Item) -> bool:
    """Whether a test commits, so that the whole database is emptied after it."""
    marker = item.get_closest_marker("django_db")
    names = getattr(item, "fixturenames", ())
    committing = {"transactional_db", "live_server"} & set(names)
    return bool((marker and marker.kwargs.get("transaction")) or committing)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _empties(item):
            item.fixturenames.insert(0, "_seeds")  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    if nextitem is None:
        # The stream's own connection would keep the database from being removed.
        from rapport.events.services import tries

        tries.close()
    yield
    if nextitem is not None and _empties(item):
        _put_back(item)


def _put_back(item: pytest.Item) -> None:
    from django.conf import settings
    from django.db import connection
    from pytest_django.plugin import blocking_manager_key

    from rapport.core.services import incarnations

    # What the test committed left its mark outside of the database, which no longer knows of it.
    shutil.rmtree(settings.JOURNAL, ignore_errors=True)
    incarnations._confirmed = incarnations._Confirmed()
    with item.config.stash[blocking_manager_key].unblock():
        for seeded in _seeded:
            connection.creation.deserialize_db_from_string(seeded)
