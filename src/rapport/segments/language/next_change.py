"""When an answer can change though nothing happens: the earliest such instant, per person.

Times are whole milliseconds since 1970 (Int64); NULL means never. A turn may be named too early, never too
late: who is looked at before anything changed is simply given their next turn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapport.segments.language.compilation import Compilation, milliseconds

FAR = 9_000_000_000_000_000
DAY = 86_400_000
_UNITS = {"min": 60_000, "h": 3_600_000, "d": DAY, "w": 7 * DAY}
_SHIFT = re.compile(r"([+-])([0-9]+)(min|h|d|w|mo|y)")
# The last days of a month fall together when months are counted, so a month's edge is passed several times.
_RAGGED = 5 * DAY


def fixed(duration: str) -> int | None:
    """Milliseconds of a duration without calendar units; None for months and years."""
    number, unit = re.fullmatch(r"([0-9]+)(min|h|d|w|mo|y)", duration).groups()  # type: ignore[union-attr]
    return int(number) * _UNITS[unit] if unit in _UNITS else None


def crossing(to: Compilation, moment: str, shift: str) -> str:
    """The next instant at which now, moved by `shift` ("now", "-7d", "+1mo"), passes `moment` (SQL)."""
    now = milliseconds(to.now)
    at = f"toUnixTimestamp64Milli({moment})"
    match = _SHIFT.fullmatch(shift)
    sign, number, unit = match.groups() if match else ("+", "0", "min")
    if unit in _UNITS:
        passed = f"({at} - ({sign}{int(number) * _UNITS[unit]}) + 1)"
        return f"if({passed} > {now}, {passed}, NULL)"
    months = int(number) * (12 if unit == "y" else 1)
    if months > 3_600:
        return "CAST(NULL, 'Nullable(Int64)')"
    back = "-" if sign == "+" else ""
    passed = f"(toUnixTimestamp64Milli(addMonths({moment}, {back}{months})) + 1)"
    today = now // DAY * DAY
    hour = f"({today} + positiveModulo({at}, {DAY}) + 1)"
    again = f"toInt64(least({today + DAY}, if({hour} > {now}, {hour}, {hour} + {DAY})))"
    return f"multiIf({passed} > {now}, toInt64({passed}), {passed} > {now - _RAGGED}, {again}, NULL)"


def soonest(expressions: Sequence[str]) -> str:
    """The first of several turns as an Int64 that is never NULL; FAR for never."""
    moments = [f"ifNull(toInt64({expression}), {FAR})" for expression in dict.fromkeys(expressions)]
    return f"arrayMin([{', '.join([*moments, f'toInt64({FAR})'])}])"
