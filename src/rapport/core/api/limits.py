"""How often a key may call single operations in a minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from rapport.core.api.auth import BearerKey
from rapport.core.api.problems import Problem
from rapport.core.clock import clock_of
from rapport.core.registration import Registry
from rapport.core.services import rates

MINUTE = 60


@dataclass(frozen=True, slots=True)
class ApiLimit:
    """At most `per_minute()` calls of one operation, `METHOD /path`, by one key; 0: no limit."""

    name: str
    per_minute: Callable[[], int]


API_LIMITS: Registry[ApiLimit] = Registry("limit of an API operation")


def check(request: HttpRequest) -> None:
    """Counts a call that carries a key. Raises Problem (429) when the key has called too often."""
    entry = API_LIMITS.get(f"{request.method} {request.path}")
    limit = entry.per_minute() if entry else 0
    if entry is None or not limit or (caller := BearerKey()(request)) is None:
        return
    now = clock_of(request).now()
    if rates.exceeded(f"api:{entry.name}", str(caller.pk), limit=limit, seconds=MINUTE, now=now):
        words = f"More than {limit} calls in a minute; try again later."
        raise Problem(429, words, retry_after=rates.wait(seconds=MINUTE, now=now))
