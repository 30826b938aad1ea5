"""The door by which higher apps hold a repair back: an address under a ban, say."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.core.registration import Registry


@dataclass(frozen=True, slots=True)
class Intent:
    """What a repair is about to write."""

    person_id: uuid.UUID
    trait: str
    before: Any
    after: Any


# Takes what a repair is about to write, returns {place in the sequence: reason why it must not}.
Guard = Callable[[Sequence[Intent]], dict[int, str]]
GUARDS: Registry[Guard] = Registry("guard of repairs")


def refusals(intents: Sequence[Intent]) -> dict[int, str]:
    """Which of them must not happen, with the reason in words."""
    reasons: dict[int, str] = {}
    for guard in GUARDS:
        reasons = guard(intents) | reasons
    return reasons
