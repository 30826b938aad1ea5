"""Categories as paths: “Home > Kitchen > Pans”, in one spelling, and which hold which."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

# A slash parts names only before a space: “Hi-Fi/TV” is one. Where shops write paths without spaces, it parts, too.
_BELOW = re.compile(r"\s*(?:>|/(?=\s)|»|›)\s*")


@lru_cache(maxsize=10_000)
def category_path(path: str) -> str:
    """A category's path in one spelling: “Home > Kitchen”."""
    names = [" ".join(name.split())[:200] for name in _BELOW.split(path)]
    return " > ".join(name for name in names if name)[:1000]


def is_within(category: str, wanted: Iterable[str]) -> bool:
    """Whether a category is one of these or stands below one: Toys holds “Toys > Trains” and “toys/trains”."""
    path = _folded(category)
    return any(
        path == above or path.startswith((f"{above} > ", f"{above}/")) for above in map(_folded, wanted)
    )


@lru_cache(maxsize=10_000)
def _folded(path: str) -> str:
    return category_path(path).casefold()
