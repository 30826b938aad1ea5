"""The hours in which the law of the recipient's country lets businesses call or text people for marketing.

Only general rules of whole countries; states and codes of industries may be stricter. Sources: US 47 CFR 64.1200(c)(1);
Canada CRTC Unsolicited Telecommunications Rules III.23; France décret 2022-1313 (calls) and the operators' code of
conduct for marketing texts; Spain RD-ley and Confianza Online code 9–21; Italy code of conduct for telemarketing
(Garante 2023); India TCCCPR 2018; Australia Telecommunications (Telemarketing and Research Calls) Standard 2017.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import phonenumbers
import pycountry

Span = tuple[int, int]
"""Minutes of the day in which it is allowed: from, until."""


def _hours(start: float, end: float) -> Span:
    return int(start * 60), int(end * 60)


@dataclass(frozen=True, slots=True)
class Hours:
    """The spans of each kind of day; an empty one: never."""

    weekdays: tuple[Span, ...]
    saturday: tuple[Span, ...] = ()
    sunday: tuple[Span, ...] = ()

    def of(self, day: dt.date) -> tuple[Span, ...]:
        return {5: self.saturday, 6: self.sunday}.get(day.weekday(), self.weekdays)


def _daily(start: float, end: float) -> Hours:
    spans = (_hours(start, end),)
    return Hours(spans, spans, spans)


LAW: dict[tuple[str, str], Hours] = {
    ("US", "text"): _daily(8, 21),
    ("US", "call"): _daily(8, 21),
    ("CA", "call"): Hours((_hours(9, 21.5),), (_hours(10, 18),), (_hours(10, 18),)),
    ("FR", "text"): Hours((_hours(8, 22),), (_hours(8, 22),)),
    ("FR", "call"): Hours((_hours(10, 13), _hours(14, 20))),
    ("ES", "call"): Hours((_hours(9, 21),)),
    ("IT", "call"): Hours((_hours(9, 20),), (_hours(10, 19),)),
    ("IN", "text"): _daily(10, 21),
    ("IN", "call"): _daily(10, 21),
    ("AU", "call"): Hours((_hours(9, 20),), (_hours(9, 17),)),
}


def country_of(traits: dict[str, object], address: str) -> str:
    """ISO code of the person's country by trait, else by the number they are written to at, else empty."""
    stated = str(traits.get("country") or traits.get("country_code") or "").strip()
    if 2 <= len(stated) <= 64:
        try:
            return str(pycountry.countries.lookup(stated).alpha_2)
        except LookupError:
            pass
    if address.startswith("+"):
        try:
            return phonenumbers.region_code_for_number(phonenumbers.parse(address)) or ""
        except phonenumbers.NumberParseException:
            pass
    return ""


def allowed_from(now: dt.datetime, zone: ZoneInfo, hours: Hours) -> dt.datetime | None:
    """None when the law allows it now, else the first moment (UTC) at which it does."""
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if any(start <= minute < end for start, end in hours.of(local.date())):
        return None
    for days in range(8):
        day = local.date() + dt.timedelta(days=days)
        for start, _end in hours.of(day):
            wall = dt.datetime.combine(day, dt.time(start // 60, start % 60), zone)
            moment = wall.astimezone(dt.UTC)
            if moment > now:
                return moment
    return now + dt.timedelta(days=1)
