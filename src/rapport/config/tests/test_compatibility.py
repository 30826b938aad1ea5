"""A data folder of another version is recognised, refused with what to do, and left as it is."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import psycopg
import pytest

from rapport.config import compatibility, databases

COMMANDS = {
    "serve": ["serve", "--port", "0"],
    "demo": ["demo", "--port", "0", "--no-browser"],
    "engine": ["engine"],
    "migrate": ["migrate"],
    "web": ["web", "--port", "0"],
    "worker": ["worker"],
    "one part of the worker": ["worker", "--part", "stream"],
}
BESIDE_ENGINES = ("migrate", "web", "worker", "one part of the worker")
MIGRATIONS = (
    "CREATE TABLE django_migrations (id serial, app text, name text, applied timestamptz DEFAULT now())"
)
SEEN = "INSERT INTO django_migrations (app, name) VALUES ('people', '0001_initial'), ('people', '0007_lighter_people')"


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """A data folder with a real PostgreSQL, stopped, that an earlier version migrated."""
    folder = tmp_path_factory.mktemp("old")
    postgres = databases.supervised(folder).engines[0]
    postgres.start()
    with psycopg.connect(postgres.dsn()) as connection:
        connection.execute(MIGRATIONS)
        connection.execute(SEEN)
    postgres.stop()
    return folder


@pytest.fixture(scope="module")
def running(old):
    """The same, marked as of today's format, its PostgreSQL running: as an engine of another version leaves it."""
    compatibility.paths.write_whole(old / "format", f"{compatibility.FORMAT}\n")
    postgres = databases.supervised(old).engines[0]
    postgres.start()
    yield postgres
    postgres.stop()
    (old / "format").unlink()


def rapport(folder, *arguments):
    """(exit status, what was printed) of a command on the folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}
    done = subprocess.run(
        [sys.executable, "-m", "rapport.config.cli", *arguments, "--data", str(folder)],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def content(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_from_before_is_refused_with_what_to_do_and_left_as_it_is(old, command):
    before = content(old)
    status, printed = rapport(old, *COMMANDS[command])
    assert status == 1
    assert "a version before this one" in printed
    assert "rapport serve --data NEW_FOLDER" in printed
    assert "rapport export people.csv" in printed
    assert content(old) == before


@pytest.mark.parametrize("command", BESIDE_ENGINES)
def test_a_database_that_another_version_migrated_is_refused(running, command):
    status, printed = rapport(running.data, *COMMANDS[command])
    assert status == 1
    assert "people.0007_lighter_people" in printed
    assert "0001_initial" not in printed
    with psycopg.connect(running.dsn()) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("django_migrations",)]


def test_a_new_folder_is_marked_and_read_again(tmp_path):
    compatibility.mark_folder(tmp_path)
    assert (tmp_path / "format").read_text() == f"{compatibility.FORMAT}\n"
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    compatibility.check_folder(tmp_path)


def test_a_folder_of_a_later_format_is_refused(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    (tmp_path / "format").write_text("99\n")
    with pytest.raises(compatibility.Incompatible, match="of format 99"):
        compatibility.mark_folder(tmp_path)


def test_todays_database_passes(db):
    compatibility.check_database()


def test_a_database_that_does_not_answer_passes(monkeypatch):
    monkeypatch.setattr("rapport.core.sql.dsn", lambda: "host=/nowhere dbname=rapport")
    compatibility.check_database()
