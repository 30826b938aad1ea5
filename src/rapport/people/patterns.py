"""Which regular expressions may be run on strangers' values: those that cannot take forever."""

from __future__ import annotations

import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MAX_PATTERN = 200
_REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT}
_REFUSED = {codes.GROUPREF, codes.ASSERT, codes.ASSERT_NOT, codes.GROUPREF_EXISTS}
_FEW = 16


def problem(pattern: str) -> str:
    """Why a pattern may not be used, or nothing.

    A repetition inside a repetition, or beside another of the same depth more than a few times, is how matching
    becomes exponential; look-around and back references are of no use to a trait.
    """
    if len(pattern) > MAX_PATTERN:
        return f"A pattern has at most {MAX_PATTERN} characters."
    try:
        tree = parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"This is no regular expression: {error}"
    if _nested(tree, inside=False):
        return "Repetitions inside repetitions, look-around and back references are not allowed."
    if sum(1 for op, argument in tree if op in _REPEATS and argument[1] > _FEW) > 3:
        return "At most three open repetitions are allowed."
    return ""


def _nested(tree: Any, *, inside: bool) -> bool:
    for op, argument in tree:
        if op in _REFUSED:
            return True
        if op in _REPEATS:
            _low, high, body = argument
            open_ended = high > _FEW
            if (inside and open_ended) or _nested(body, inside=inside or open_ended):
                return True
        elif op is codes.SUBPATTERN:
            if _nested(argument[3], inside=inside):
                return True
        elif op is codes.BRANCH and (inside or any(_nested(branch, inside=inside) for branch in argument[1])):
            return True
    return False
