"""How often something may be asked for: counts in the cache that all processes share."""

from __future__ import annotations

import datetime as dt

from django.core.cache import cache

from rapport.core import crypto


def exceeded(scope: str, key: str, *, limit: int, seconds: int, now: dt.datetime) -> bool:
    """Counts one more for this key; says whether that is more than `limit` within this span of `seconds`."""
    span = int(now.timestamp()) // seconds
    name = f"rate:{scope}:{span}:{crypto.digest(key)[:32]}"
    if cache.add(name, 1, timeout=seconds * 2):
        return limit < 1
    try:
        return int(cache.incr(name)) > limit
    except ValueError:  # it has run out between the two
        return False
