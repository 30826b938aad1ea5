"""Which days a consent can be of."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

# Earlier than this, a program has a date that was never set.
EARLIEST = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
# By so much a sender's clock may be ahead.
AHEAD = dt.timedelta(days=1)


def reason_against(state: str, at: dt.datetime, now: dt.datetime) -> str:
    """Why nobody can have granted a consent then, or an empty text. A withdrawal stands whatever its day."""
    if state == "granted" and not EARLIEST <= at <= now + AHEAD:
        return _(
            "A consent cannot have been granted before 1970 or in the future: give the day it was granted."
        )
    return ""


def plausible(at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """A clock gone wrong must not outvote every later withdrawal, nor an unset day be outvoted by an earlier grant."""
    return min(at, now) if at >= EARLIEST else now
