"""Work that is not done twice: for columns of texts in which most values come again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Remembering(dict[Any, Any]):
    """What a function gave, up to `limit` values; `self[value]` is nearly free for those seen before.

    For keys of one type, because 1, 1.0 and True are one key. What the function raises is not remembered.
    """

    def __init__(self, made: Callable[[Any], Any], limit: int = 20_000) -> None:
        super().__init__()
        self._made, self._limit = made, limit

    def __missing__(self, value: Any) -> Any:
        found = self._made(value)
        if len(self) < self._limit:
            self[value] = found
        return found
