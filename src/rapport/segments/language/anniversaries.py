"""The yearly return of a day: birthdays and anniversaries. The 29th of February is kept on the 28th."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.segments.language.compilation import Compilation
from rapport.segments.language.values import Value

LIMIT = 365


def wrong(value: Any) -> str | None:
    """What is wrong with a number of days."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LIMIT:
        return None
    return _("This must be a whole number of days from -365 to 365; 0 is today.")


def _edges(to: Compilation, value: Value) -> tuple[str, str, str]:
    """(today, the next return, the last return) as SQL dates in the zone of the definition."""
    today = to.now.astimezone(to.zone).date()
    zone = to.bind(str(to.zone), "String")
    day = f"toDate32({value.instant(to)}, {zone})"
    now = f"toDate32({to.bind(today.isoformat(), 'String')})"
    this = f"addYears({day}, {today.year} - toYear({day}))"
    following = f"addYears({day}, {today.year + 1} - toYear({day}))"
    before = f"addYears({day}, {today.year - 1} - toYear({day}))"
    return now, f"if({this} >= {now}, {this}, {following})", f"if({this} <= {now}, {this}, {before})"


def sql(to: Compilation, value: Value, days: int) -> str:
    """Whether the day returns within the coming days (or, below zero, has returned within the last)."""
    today, following, last = _edges(to, value)
    if days < 0:
        return f"dateDiff('day', {last}, {today}) <= {-days}"
    return f"dateDiff('day', {today}, {following}) <= {days}"


def next_changes(to: Compilation, value: Value, days: int) -> list[str]:
    """The midnights at which the answer can change next."""
    today, following, last = _edges(to, value)
    edges = [f"addDays({following}, 1)", following]
    edges.append(f"addDays({last}, {-days + 1})" if days < 0 else f"addDays({following}, {-days})")
    zone = to.bind(str(to.zone), "String")
    return [
        f"if({edge} > {today}, toUnixTimestamp64Milli(toDateTime64({edge}, 3, {zone})), NULL)"
        for edge in edges
    ]


def words(days: int) -> str:
    if days == 0:
        return _("is today")
    number = abs(days)
    if days < 0:
        return ngettext("was in the last %(n)d day", "was in the last %(n)d days", number) % {"n": number}
    return ngettext("is in the next %(n)d day", "is in the next %(n)d days", number) % {"n": number}
