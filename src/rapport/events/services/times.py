"""When an event happened: what senders write as a time, corrected by their clock, and no further off than can be."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from rapport.events.services.cleaning import Rejected

# Earlier than this, a sender's program has a date that was never set: year 1, 1900 or 1970, in any time zone.
EARLIEST = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
# As long as a device may keep events for later, if its clock is wrong. Beyond it, its two times contradict each other.
LONGEST_WAIT = dt.timedelta(days=90)
# By so much a sender's clock may be ahead without a word about it.
AHEAD = dt.timedelta(days=1)
UNSET = "The sender's timestamp was never set; this is when the event was received."
FUTURE = "The sender's timestamp lies in the future; this is when the event was received."
_EPOCH = re.compile(r"-?\d{9,19}(?:\.\d+)?")
# What ISO 8601 allows and Python does not read: hour 24, second 60.
_CLOCK = re.compile(r"T24:?00(?::?00(?:\.0+)?)?(?![\d:])|(T\d\d:?\d\d:?)60(?:[.,]\d+)?(?!\d)")
# Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size.
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


class Moment(NamedTuple):
    """When an event happened, by our clock; `remark` says why it is not what the sender stated."""

    at: dt.datetime
    stated: str | int | float | None = None
    remark: str = ""


def parse_time(value: str | int | float | None) -> dt.datetime | None:
    """ISO 8601 text, or the time since 1970 as number or text, as an aware UTC time; None when absent.

    Raises Rejected.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and _EPOCH.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, int | float):
            return dt.datetime.fromtimestamp(_seconds(value), dt.UTC)
        moment = _from_iso(value.strip().upper())
        # The zone of an unset date may lead beyond the first or last day there is.
        if moment.tzinfo is None or moment.year in {dt.MINYEAR, dt.MAXYEAR}:
            return moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Rejected(f"timestamp {str(value)[:40]!r} is not ISO 8601") from error


def _seconds(value: float) -> float:
    for least, unit in _UNITS:
        if abs(value) > least:
            return value / unit
    return value


def _from_iso(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        match = _CLOCK.search(text)
        if match is None:
            raise
        # A leap second is the one after :59, as hour 24 is midnight of the next day.
        head, tail = text[: match.start()], text[match.end() :]
        clock, more = (
            (f"{match[1]}59", dt.timedelta(seconds=1)) if match[1] else ("T00:00", dt.timedelta(days=1))
        )
        return dt.datetime.fromisoformat(head + clock + tail) + more


def happened(received: dt.datetime, sent: dt.datetime | None, stated: str | int | float | None) -> Moment:
    """receivedAt - (sentAt - originalTimestamp), Segment's formula; never later than it was received.

    A sender's time that cannot be is replaced by the one of receipt, with a remark; a `sent` that cannot be is ignored.
    Raises Rejected for what is no time.
    """
    original = parse_time(stated)
    if original is None:
        return Moment(received)
    # Both by one clock, however wrong: how long the event waited is right.
    waited = sent is not None and -AHEAD <= sent - original <= LONGEST_WAIT
    if not waited and (original < EARLIEST or original > received + AHEAD):
        return Moment(received, stated, UNSET if original < EARLIEST else FUTURE)
    if sent is None or not (waited or abs(sent - received) <= AHEAD):
        return Moment(min(original, received))
    return Moment(max(min(received - (sent - original), received), EARLIEST))
