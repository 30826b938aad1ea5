import pytest

from rapport.core import process_cache
from rapport.core.process_cache import kept_for


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
