"""Regular expressions that the business writes and strangers' values meet: RE2 reads any text in linear time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2
from django.utils.translation import gettext as _

MAX_PATTERN = 200
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


@lru_cache(maxsize=1_000)
def compiled(pattern: str) -> Any:
    """The pattern, with `fullmatch(text)`. Raises re2.error."""
    return re2.compile(pattern, _OPTIONS)


def problem(pattern: str) -> str:
    """Why a pattern may not be used, or "": look-around and back references cannot be matched in linear time."""
    if len(pattern) > MAX_PATTERN:
        return _("A pattern has at most %(n)d characters.") % {"n": MAX_PATTERN}
    try:
        compiled(pattern)
    except re2.error as error:
        reason = error.args[0]
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        return _("This is no regular expression that can be used: %(reason)s") % {"reason": text}
    return ""
