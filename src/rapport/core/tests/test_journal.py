"""The journal on a disk that is full, damaged or somebody else's: no line is half there, and none is lost twice."""

from __future__ import annotations

import datetime as dt
import errno
import os

import pytest

from rapport.core.models import JournalLine
from rapport.core.services import journal

NOW = dt.datetime(2026, 6, 10, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.JOURNAL = str(tmp_path / "journal")
    return journal.folder


def kinds():
    return [line.kind for line in journal.lines()]


def test_what_a_full_disk_cuts_off_leaves_nothing_behind(monkeypatch):
    write = os.write
    journal.append("one", {}, incarnation=None, now=NOW)
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda handle, content: write(handle, content[: len(content) // 2]))
        journal.append("two", {}, incarnation=None, now=NOW)
    journal.append("three", {}, incarnation=None, now=NOW)
    assert kinds() == ["one", "three"]


@pytest.mark.django_db
def test_a_line_stays_in_the_database_until_it_is_on_the_disk(monkeypatch):
    journal.note("withdrawal", {}, now=NOW)
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda handle, content: write(handle, content[:5]))
        assert journal.run_once() == 0
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(errno.EIO, "broken")))
        assert journal.run_once() == 0
    assert (JournalLine.objects.count(), kinds()) == (1, [])
    assert journal.run_once() == 1
    assert (JournalLine.objects.count(), kinds()) == (0, ["withdrawal"])


def test_damaged_lines_are_passed_over_wherever_they_stand(folder):
    journal.append("one", {}, incarnation=None, now=NOW)
    path = next(folder().glob("*.jsonl"))
    path.write_bytes(b'{"torn": "line"}\n\xff\xfe{}\n' + path.read_bytes() + b'{"kind": "half')
    assert kinds() == ["one"]
    assert not journal.contradicts(next(iter(journal.lines())).incarnation)


def test_a_file_that_may_not_be_read_is_reported_and_stops_nothing(folder):
    journal.append("one", {}, incarnation=None, now=NOW)
    (folder() / "2026-06-09.elsewhere.1.jsonl").mkdir()
    assert kinds() == ["one"]
