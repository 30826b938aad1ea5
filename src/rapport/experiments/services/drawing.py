"""Drawing by a hash, the same in Python and in SQL: whoever asks, and wherever, the same unit gets the same place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

STEPS = 10_000


class Weighted(Protocol):
    weight: int


def place(salt: object, unit: object) -> int:
    """From 0 to 9,999, evenly: the first four bytes of the MD5 hash."""
    digest = hashlib.md5(f"{salt}:{unit}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") * STEPS >> 32


def place_sql(salt: str, unit: str) -> str:
    """The same as an expression of PostgreSQL; `salt` and `unit` are expressions of text."""
    return f"((('x' || left(md5({salt} || ':' || {unit}), 8))::bit(32)::bigint * {STEPS}) >> 32)::int"


def edges(weights: Sequence[int]) -> list[int]:
    """Where each variant's places end: in proportion to the weights."""
    total, sum_so_far, ends = sum(weights), 0, []
    for weight in weights:
        sum_so_far += weight
        ends.append(sum_so_far * STEPS // total)
    return ends


def drawn(at: int, ends: Sequence[int]) -> int:
    """Which of the variants a place belongs to."""
    return next(number for number, end in enumerate(ends) if at < end)
