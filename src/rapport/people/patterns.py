"""Which regular expressions may be run on strangers' values: those that cannot take forever."""

from __future__ import annotations

import math
import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MAX_PATTERN = 200
_REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}
_REFUSED = {codes.GROUPREF, codes.ASSERT, codes.ASSERT_NOT, codes.GROUPREF_EXISTS, codes.ATOMIC_GROUP}
# A repetition that may go on for longer than this counts as open.
_FEW = 16
_OPEN = 3
_WAYS = 20_000


def problem(pattern: str) -> str:
    """Why a pattern may not be used, or nothing.

    What makes matching slow is how many ways there are to read the same text: each open repetition multiplies them by
    its length, each alternative and optional part by a few. So open repetitions are counted wherever they stand,
    and none may be repeated; of the others the number of ways is worked out. Look-around and back references are of
    no use to a trait.
    """
    if len(pattern) > MAX_PATTERN:
        return f"A pattern has at most {MAX_PATTERN} characters."
    try:
        tree = parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"This is no regular expression: {error}"
    if _nested(tree, inside=False):
        return "Repetitions inside repetitions, look-around and back references are not allowed."
    if _opened(tree) > _OPEN:
        return "At most three open repetitions are allowed."
    if _ways(tree) > _WAYS:
        return "There are too many optional parts and alternatives: the same text could be read in too many ways."
    return ""


def _parts(op: Any, argument: Any) -> list[Any]:
    """What stands inside one part of a pattern."""
    if op in _REPEATS:
        return [argument[2]]
    if op is codes.SUBPATTERN:
        return [argument[3]]
    return list(argument[1]) if op is codes.BRANCH else []


def _nested(tree: Any, *, inside: bool) -> bool:
    """Whether anything of many lengths is repeated openly, or anything open is repeated at all."""
    for op, argument in tree:
        if op in _REFUSED or (op is codes.BRANCH and inside):
            return True
        many = inside
        if op in _REPEATS:
            open_ended = argument[1] > _FEW
            if open_ended and inside:
                return True
            many = inside or open_ended or (argument[1] > 1 and _opened(argument[2]) > 0)
        if any(_nested(part, inside=many) for part in _parts(op, argument)):
            return True
    return False


def _opened(tree: Any) -> int:
    found = 0
    for op, argument in tree:
        found += op in _REPEATS and argument[1] > _FEW
        found += sum(_opened(part) for part in _parts(op, argument))
    return found


def _ways(tree: Any) -> float:
    """In how many ways a text may be read, open repetitions left out."""
    found = 1.0
    for op, argument in tree:
        inner = [_ways(part) for part in _parts(op, argument)]
        if op is codes.BRANCH:
            found *= sum(inner)
        elif op in _REPEATS and argument[1] <= _FEW:
            found *= sum(math.pow(min(inner[0], 1e6), times) for times in range(argument[0], argument[1] + 1))
        elif inner:
            found *= inner[0]
    return found
