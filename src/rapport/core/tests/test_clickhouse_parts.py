"""What the embedded ClickHouse does about parts that a full disk spoilt."""

import shutil
import subprocess
import sys

import pytest

from rapport.core.engines import clickhouse_parts
from rapport.core.engines.clickhouse_parts import PartsWatch, whole

# One process holds one chDB folder, so each story is a process of its own, as it is in the product.
PRELUDE = """
import sys, chdb.state
from pathlib import Path
from rapport.core.engines.clickhouse_parts import PartsWatch
connection = chdb.state.connect(sys.argv[1])
ask = lambda sql: bytes(connection.query(sql).bytes() or b"")
parts = PartsWatch(Path(sys.argv[1]), ask, give_up=lambda: None)
ask("CREATE TABLE IF NOT EXISTS t (n UInt64) ENGINE = MergeTree ORDER BY n")
"""
SPOIL = """
ask("INSERT INTO t VALUES (1)")
ask("INSERT INTO t VALUES (2)")
ask("OPTIMIZE TABLE t FINAL")
assert parts.broken() == []
part = Path(ask("SELECT path FROM system.parts WHERE table = 't' AND active FORMAT TabSeparated").decode().strip())
for file in part.iterdir():
    file.write_bytes(b"")
print(parts.broken() == [part])
"""
PROJECTED = """
ask("CREATE TABLE p (n UInt64, m UInt64, PROJECTION by_m (SELECT n, m ORDER BY m)) ENGINE = MergeTree ORDER BY n")
ask("INSERT INTO p SELECT number, number FROM numbers(10000)")
ask("INSERT INTO p SELECT number, number FROM numbers(10000)")
ask("OPTIMIZE TABLE p FINAL")
print(parts.broken())
"""


def story(folder, script):
    run = [sys.executable, "-c", PRELUDE + script, str(folder)]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()


@pytest.fixture
def statements(tmp_path):
    return []


def looking(folder, statements, monkeypatch, free):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - free, free))

    def ask(sql):
        statements.append(sql.split(" FROM ")[0])
        return b""

    return PartsWatch(folder, ask)


def test_a_merged_part_without_contents_is_found(tmp_path):
    assert story(tmp_path / "ch", SPOIL) == ["True"]


def test_a_merged_part_with_a_projection_is_whole(tmp_path):
    assert story(tmp_path / "ch", PROJECTED) == ["[]"]


def test_rows_of_a_spoilt_part_are_back_after_the_next_start(tmp_path):
    story(tmp_path / "ch", SPOIL)
    assert story(tmp_path / "ch", "print(ask('SELECT sum(n) FROM t').decode())") == ["3"]


def test_merges_wait_while_there_is_little_room_and_go_on_after(tmp_path, statements, monkeypatch):
    merging = looking(tmp_path, statements, monkeypatch, clickhouse_parts.MIN_FREE - 1)
    merging.look()
    looking(tmp_path, statements, monkeypatch, clickhouse_parts.MIN_FREE)
    merging.look()
    assert [s for s in statements if s.startswith("SYSTEM")] == ["SYSTEM STOP MERGES", "SYSTEM START MERGES"]


def test_a_part_that_went_away_meanwhile_is_not_broken(tmp_path):
    assert whole(tmp_path / "gone", 100)


def test_a_part_shorter_than_its_checksums_say_is_broken(tmp_path):
    (tmp_path / "checksums.txt").write_bytes(b"x" * 40)
    (tmp_path / "data.bin").write_bytes(b"x" * 59)
    assert not whole(tmp_path, 100)
    assert whole(tmp_path, 99)
