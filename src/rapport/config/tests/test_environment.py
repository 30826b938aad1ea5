"""A setting that a file holds counts like one that the environment holds, wherever it is read."""

from __future__ import annotations

import os

import pytest

from rapport.config import databases, env, instance


@pytest.fixture
def filed(tmp_path, monkeypatch):
    def write(name, value):
        path = tmp_path / name
        path.write_text(f"{value}\n")
        monkeypatch.setenv(f"{name}_FILE", str(path))

    return write


def test_addresses_in_files_start_no_engines_of_our_own(filed, tmp_path):
    filed("DATABASE_URL", "postgresql://elsewhere")
    filed("CLICKHOUSE_URL", "http://elsewhere")
    assert not databases.supervised(tmp_path).engines


def test_programs_and_configuration_come_from_files_too(filed, tmp_path):
    filed("RAPPORT_POSTGRES_BIN", "/opt/postgresql/bin")
    filed("RAPPORT_CLICKHOUSE_CONFIG", "/etc/clickhouse.xml")
    postgres, clickhouse = databases.supervised(tmp_path).engines
    assert str(postgres.programs) == "/opt/postgresql/bin"
    assert clickhouse.configuration == "/etc/clickhouse.xml"


def test_the_folder_in_a_file_is_the_one(filed, tmp_path, monkeypatch):
    monkeypatch.delenv("RAPPORT_DATA")
    filed("RAPPORT_DATA", tmp_path / "theirs")
    assert instance.choose(None) == tmp_path / "theirs"


def test_the_command_line_wins_over_a_file(filed, tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_DATA", os.environ["RAPPORT_DATA"])
    filed("RAPPORT_DATA", tmp_path / "theirs")
    assert instance.choose(str(tmp_path / "ours")) == tmp_path / "ours"
    assert env.data_folder() == tmp_path / "ours"
