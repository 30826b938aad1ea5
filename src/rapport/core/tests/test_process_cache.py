import threading

import pytest

from rapport.core import process_cache
from rapport.core.process_cache import forget, kept_by_cost, kept_for


def test_an_answer_is_kept_for_a_while_by_its_arguments(monkeypatch):
    now, calls = [100.0], []
    monkeypatch.setattr(process_cache.time, "monotonic", lambda: now[0])

    @kept_for(10)
    def name(key):
        calls.append(key)
        return key.upper()

    assert [name("a"), name("a"), name("b")] == ["A", "A", "B"]
    now[0] += 11
    assert name("a") == "A"
    assert calls == ["a", "b", "a"]


def test_what_is_raised_is_not_kept():
    answers = iter([ValueError, None])

    @kept_for(10)
    def read():
        if (error := next(answers)) is not None:
            raise error("gone")
        return "there"

    with pytest.raises(ValueError, match="gone"):
        read()
    assert read() == "there"


@pytest.mark.django_db
def test_what_is_changed_while_it_is_read_is_not_kept():
    calls = []

    @kept_for(10)
    def read():
        calls.append(1)
        if len(calls) == 1:
            forget(read)
        return len(calls)

    assert [read(), read(), read()] == [1, 2, 2]


class Figures:
    """A function whose reading takes some of the test's own time."""

    def __init__(self, monkeypatch):
        self.now, self.reads, self.seconds, self.fails = 100.0, 0, 0.5, False
        monkeypatch.setattr(process_cache.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(process_cache, "DEAR_SECONDS", 0.05)
        self.read = kept_by_cost(self._read)

    def _read(self, days):
        if self.fails:
            raise OSError
        self.now += self.seconds
        self.reads += 1
        return self.reads

    def refreshed(self):
        """Ends the readings that go on beside."""
        for thread in threading.enumerate():
            if thread.name.startswith("reading "):
                thread.join()


def test_what_is_dear_to_read_is_kept_for_fifty_times_as_long(monkeypatch):
    figures = Figures(monkeypatch)
    assert [figures.read(30), figures.read(30), figures.read(7)] == [1, 1, 2]
    figures.now += 24
    assert figures.read(30) == 1


def test_an_old_figure_is_given_once_more_while_it_is_read_anew(monkeypatch):
    figures = Figures(monkeypatch)
    figures.read(30)
    figures.now += 26
    assert figures.read(30) == 1
    figures.refreshed()
    assert figures.read(30) == 2


def test_a_figure_too_old_to_show_is_waited_for(monkeypatch):
    figures = Figures(monkeypatch)
    figures.read(30)
    figures.now += 25 + process_cache.STALE_SECONDS + 1
    assert figures.read(30) == 2


def test_what_is_cheap_to_read_is_never_old(monkeypatch):
    figures = Figures(monkeypatch)
    figures.seconds = 0.01
    assert [figures.read(30), figures.read(30)] == [1, 2]


def test_when_reading_anew_fails_the_next_who_asks_tries_again(monkeypatch):
    figures = Figures(monkeypatch)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    figures.read(30)
    figures.now += 26
    figures.fails = True
    assert figures.read(30) == 1
    figures.refreshed()
    figures.fails = False
    assert figures.read(30) == 1
    figures.refreshed()
    assert figures.read(30) == 2
