"""What the answers of a definition depend on, taken from the query it compiles into.

The query can only read what the compilation handed out, and that is noted there, so nothing can be forgotten.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from rapport.people.services import changes
from rapport.segments.language import tree
from rapport.segments.language.compilation import Compilation

Needs = frozenset[str]
_encode = msgspec.json.Encoder().encode
_UTC, _LONG_AGO = ZoneInfo("UTC"), dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def of_definition(definition: dict[str, Any]) -> Needs | None:
    """In the words of `people.services.changes`; None when the definition cannot be used."""
    return _of_definition(_encode(definition))


@lru_cache(maxsize=5_000)
def _of_definition(text: bytes) -> Needs | None:
    definition = msgspec.json.decode(text)
    if tree.check(definition):
        return None
    keys = {key: uuid.UUID(int=0) for key in tree.references(definition)}
    needs = of_compiled(lambda to: tree.compile_clause(definition, to), keys)
    return needs | {changes.TIME} if tree.moves_with_time(definition) else needs


def of_compiled(compile_: Callable[[Compilation], object], keys: dict[str, uuid.UUID] | None = None) -> Needs:
    """What a query depends on that `compile_` builds."""
    to = Compilation(_LONG_AGO, _UTC, segment_ids=keys or {})
    compile_(to)
    return frozenset(to.depends)
