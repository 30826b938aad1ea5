"""What begins a campaign, in a sentence."""

from __future__ import annotations

import datetime as dt

from babel.dates import format_time, format_timedelta, get_day_names
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.campaigns.models import CampaignRule
from rapport.campaigns.services.conditions import OPERATORS
from rapport.core.ui import formats


def words(rule: CampaignRule) -> str:
    """“Every 2 weeks on Monday and Friday at 09:00 (Europe/Berlin)”."""
    if rule.kind == CampaignRule.Kind.RECURRING:
        return _recurring(rule)
    return f"{_after(rule)} {_again(rule)}"


def _recurring(rule: CampaignRule) -> str:
    assert rule.at is not None
    every = {
        "day": ngettext("Every day", "Every %(n)d days", rule.every),
        "week": ngettext("Every week", "Every %(n)d weeks", rule.every),
        "month": ngettext("Every month", "Every %(n)d months", rule.every),
    }[rule.unit] % {"n": rule.every}
    values = {
        "every": every,
        "days": _days(rule),
        "at": format_time(rule.at, "short", locale=formats.locale()),
        "zone": rule.zone,
    }
    if rule.unit == CampaignRule.Unit.DAY:
        return _("%(every)s at %(at)s (%(zone)s).") % values
    return _("%(every)s on %(days)s at %(at)s (%(zone)s).") % values


def _days(rule: CampaignRule) -> str:
    if rule.unit == CampaignRule.Unit.MONTH:
        return _("day %(n)d") % {"n": rule.month_day}
    names = get_day_names("wide", locale=formats.locale())
    chosen = rule.weekdays or [(rule.starts or dt.date(2026, 1, 5)).weekday()]
    return ", ".join(names[day] for day in chosen)


def _after(rule: CampaignRule) -> str:
    delay = _span(rule.delay_minutes) if rule.delay_minutes else ""
    if rule.kind == CampaignRule.Kind.API:
        return (
            _("%(delay)s after a program asks.") % {"delay": delay}
            if delay
            else _("As soon as a program asks.")
        )
    where = " · ".join(
        f"{row['property']} {OPERATORS[row['operator']][0]} {row['value']}" for row in rule.conditions
    )
    event = f"“{rule.event}”" + (f" ({where})" if where else "")
    if delay:
        return _("%(delay)s after %(event)s.") % {"delay": delay, "event": event}
    return _("As soon as %(event)s happens.") % {"event": event}


def _span(minutes: int) -> str:
    span = dt.timedelta(minutes=minutes)
    return str(format_timedelta(span, threshold=2, locale=formats.locale()))


def _again(rule: CampaignRule) -> str:
    if rule.again_days is None:
        return _("Once for each person.")
    if not rule.again_days:
        return _("Each time.")
    words_of = ngettext(
        "Again after %(n)d day at the earliest.", "Again after %(n)d days at the earliest.", rule.again_days
    )
    return words_of % {"n": rule.again_days}
