"""What a process may keep for a while: names that pages say many times, and figures that are dear to read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from django.db import connections, transaction

P = ParamSpec("P")
T = TypeVar("T")
Key = tuple[Hashable, ...]
# What is read faster than that is read every time, so that small installations see everything at once.
DEAR_SECONDS = 0.05
# Reading takes at most a fiftieth of the time, and nothing is kept longer than a minute before it is read anew.
TIMES_AS_LONG, FRESH_SECONDS, STALE_SECONDS = 50, 60, 60
MOST_ANSWERS = 1000


@dataclass(slots=True)
class _Answer:
    read_at: float
    seconds: float
    value: object
    is_being_read: bool = False

    def age(self) -> float:
        return time.monotonic() - self.read_at


_answers: dict[Key, _Answer] = {}
# How often each function was forgotten: what was being read meanwhile is old when it comes.
_forgotten: dict[Hashable, int] = {}


def kept_for(seconds: float) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """The function's last answer, by its arguments, for so long; what it raises is not kept."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def kept(*args: P.args, **kwargs: P.kwargs) -> T:
            key = (function, args, *sorted(kwargs.items()))
            answer = _answers.get(key)
            if answer is None or answer.age() > seconds:
                answer = _read(key, lambda: function(*args, **kwargs))
            return cast("T", answer.value)

        return kept

    return decorate


def forget(function: Callable[..., object]) -> None:
    """This process reads a kept function anew, now and when the change that is under way is committed.

    Other processes keep theirs for as long as the function says.
    """
    inner = getattr(function, "__wrapped__", function)

    def drop() -> None:
        _forgotten[inner] = _forgotten.get(inner, 0) + 1
        for key in [key for key in list(_answers) if key[0] is inner]:
            _answers.pop(key, None)

    drop()
    transaction.on_commit(drop)


def kept_by_cost(function: Callable[P, T]) -> Callable[P, T]:
    """The function's last answer, by its arguments, for fifty times as long as it took to read.

    At most for a minute. For a minute more whoever asks still gets it at once, and a thread reads it anew. So nobody
    waits for what others have just waited for, and answers that come within 50 ms are never old.
    """

    @wraps(function)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        key = (function, args, *sorted(kwargs.items()))
        answer = _answers.get(key)
        fresh = min(answer.seconds * TIMES_AS_LONG, FRESH_SECONDS) if answer else 0.0
        if answer is None or answer.seconds < DEAR_SECONDS or answer.age() > fresh + STALE_SECONDS:
            answer = _read(key, lambda: function(*args, **kwargs))
        elif answer.age() > fresh and not answer.is_being_read:
            answer.is_being_read = True
            _read_beside(key, lambda: function(*args, **kwargs))
        return cast("T", answer.value)

    return kept


def _read(key: Key, read: Callable[[], object]) -> _Answer:
    began, times = time.monotonic(), _forgotten.get(key[0], 0)
    value = read()
    now = time.monotonic()
    answer = _Answer(now, now - began, value)
    if times == _forgotten.get(key[0], 0):
        if len(_answers) >= MOST_ANSWERS:
            _answers.clear()
        _answers[key] = answer
    return answer


def _read_beside(key: Key, read: Callable[[], object]) -> None:
    """In a thread of its own, with connections of its own; after an error the next who asks tries again."""

    def work() -> None:
        try:
            _read(key, read)
        finally:
            if answer := _answers.get(key):
                answer.is_being_read = False
            connections.close_all()

    threading.Thread(target=work, name="reading anew", daemon=True).start()


def clear() -> None:
    """Forgets everything, as a test does before it begins."""
    _answers.clear()
