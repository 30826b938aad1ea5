"""Names that mean the same: other capitals, other separators, a slip of the keyboard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_APART = re.compile(r"[\W_]+")
ALIKE = 85
WORD_ALIKE = 80


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name with what it weighs: declared ones stand above all others, then volume decides."""

    name: str
    declared: bool
    volume: int


def words(name: str) -> str:
    """The words of a name however they are joined: `orderCompleted`, `order_completed` and `Order Completed`."""
    return _APART.sub(" ", _CAMEL.sub(" ", name)).strip().casefold()


def meant(names: Sequence[KnownName]) -> dict[str, tuple[str, str]]:
    """{name: (the name probably meant, `writing` or `spelling`)}; declared names are never doubted."""
    ranked = sorted(names, key=lambda candidate: (not candidate.declared, -candidate.volume, candidate.name))
    best: dict[str, KnownName] = {}
    meanings: dict[str, tuple[str, str]] = {}
    for candidate in ranked:
        key = words(candidate.name)
        if key in best:
            if not candidate.declared:
                meanings[candidate.name] = (best[key].name, "writing")
            continue
        if not candidate.declared and (near := _near(key, best)):
            meanings[candidate.name] = (best[near].name, "spelling")
            continue
        best[key] = candidate
    return meanings


def _near(key: str, best: dict[str, KnownName]) -> str:
    """The closest key that differs by misspelt words only, or nothing."""
    candidates = process.extract(key, best.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE, limit=5)
    return next((other for other, _score, _at in candidates if _misspelt(key, other)), "")


def _misspelt(first: str, other: str) -> bool:
    """Word for word nearly the same. Short words and numbers carry the meaning ("In", "Up", "Step 2")."""
    if first.replace(" ", "") == other.replace(" ", ""):
        return True
    left, right = first.split(), other.split()
    if len(left) != len(right):
        return False
    return all(a == b or _slip(a, b) for a, b in zip(left, right, strict=True))


def _slip(first: str, other: str) -> bool:
    if min(len(first), len(other)) < 4 or any(map(str.isdigit, first + other)):
        return False
    # "un-subscribed", "re-opened", "dis-connected" say the contrary, not the same.
    if first.endswith(other) or other.endswith(first):
        return False
    return fuzz.ratio(first, other) >= WORD_ALIKE
