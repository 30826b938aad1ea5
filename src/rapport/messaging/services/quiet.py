"""Quiet hours: when, in somebody's own time zone, nothing is sent, and when it may be sent again."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

ZONE_TRAITS = ("timezone", "time_zone", "timeZone")


def is_quiet(local: dt.time, start: dt.time, end: dt.time) -> bool:
    """Whether a local time lies in [start, end), which may run over midnight. Equal ends mean never."""
    if start == end:
        return False
    return start <= local < end if start < end else local >= start or local < end


def allowed_from(now: dt.datetime, zone: ZoneInfo, start: dt.time, end: dt.time) -> dt.datetime | None:
    """None when a message may go now; otherwise the first moment (UTC) at which it may.

    Right on days with a skipped or a repeated hour: what counts is what the clock on the wall shows.
    """
    local = now.astimezone(zone)
    if not is_quiet(local.time(), start, end):
        return None
    for days in range(3):
        wall = dt.datetime.combine(local.date() + dt.timedelta(days=days), end)
        for fold in (0, 1):
            moment = moment_of(wall, zone, fold)
            if moment > now and not is_quiet(moment.astimezone(zone).time(), start, end):
                return moment
    return now + dt.timedelta(days=1)


def moment_of(wall: dt.datetime, zone: ZoneInfo, fold: int = 0) -> dt.datetime:
    """The UTC moment of a wall-clock time; of a skipped one, the moment the clock jumps over it."""
    moment = wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    early = wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)
    late = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    before = early.astimezone(zone).utcoffset()
    while late - early > dt.timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


@functools.lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def zone_of(traits: Mapping[str, Any], fallback: str) -> ZoneInfo:
    """The person's zone by trait, else the workspace's, else UTC."""
    for trait in ZONE_TRAITS:
        value = traits.get(trait)
        if isinstance(value, str) and 0 < len(value) <= 64 and (zone := _zone(value)):
            return zone
    return _zone(fallback) or ZoneInfo("UTC")
