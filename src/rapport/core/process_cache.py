"""What a process may keep for some seconds: names and labels that pages say many times, and may say a moment late."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_values: dict[tuple[Callable[..., object], Hashable], tuple[float, object]] = {}


def kept_for(seconds: float) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """The function's last answer, by its positional arguments, for so long; what it raises is not kept."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def kept(*args: P.args, **kwargs: P.kwargs) -> T:
            read_at, value = _values.get((function, args), (float("-inf"), None))
            if time.monotonic() - read_at > seconds:
                value = function(*args, **kwargs)
                _values[function, args] = (time.monotonic(), value)
            return value  # type: ignore[return-value]

        return kept

    return decorate


def clear() -> None:
    """Forgets everything, as a test does before it begins."""
    _values.clear()
