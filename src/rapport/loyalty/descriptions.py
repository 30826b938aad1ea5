"""How timelines tell of points."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rapport.core.ui import formats
from rapport.events.registry import EVENT_DESCRIPTIONS, EVENT_KINDS, EventDescription, EventKind
from rapport.loyalty.models import Referral

KIND = "loyalty"


def register() -> None:
    EVENT_KINDS.register(EventKind(KIND, gettext_lazy("Loyalty"), "gift", 27))
    for event, icon, sentence in (
        ("Points Earned", "plus", _earned),
        ("Points Spent", "gift", _spent),
        ("Points Expired", "clock", _expired),
        ("Tier Reached", "star", _reached),
        ("Badge Earned", "star", _badge),
        ("Referral Accepted", "users", _accepted),
        ("Referral Rewarded", "users", _rewarded),
        ("Referral Refused", "ban", _refused),
        ("Tier Lost", "chevron-down", _lost),
    ):
        EVENT_DESCRIPTIONS.register(EventDescription(event, KIND, icon, sentence))


def _points(properties: dict[str, Any]) -> tuple[int, dict[str, str]]:
    value = properties.get("points")
    points = value if isinstance(value, int) else 0
    return points, {"points": formats.number(points)}


def _earned(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    points, words = _points(properties)
    return ngettext("Earned %(points)s point", "Earned %(points)s points", points) % words


def _spent(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    points, words = _points(properties)
    return ngettext("Spent %(points)s point", "Spent %(points)s points", points) % words


def _expired(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    points, words = _points(properties)
    return ngettext("%(points)s point expired", "%(points)s points expired", points) % words


def _reached(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    return _("Reached the tier %(tier)s") % {"tier": str(properties.get("tier", ""))}


def _lost(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    names = {"tier": str(properties.get("tier", "")), "new": str(properties.get("new_tier", ""))}
    return (
        _("Fell from the tier %(tier)s to %(new)s") if names["new"] else _("Lost the tier %(tier)s")
    ) % names


def _badge(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    return _("Earned the badge %(badge)s") % {"badge": str(properties.get("badge", ""))}


def _accepted(_properties: dict[str, Any], _context: dict[str, Any]) -> str:
    return _("Accepted an invitation")


def _rewarded(_properties: dict[str, Any], _context: dict[str, Any]) -> str:
    return _("Brought a friend")


def _refused(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    reason = Referral.Reason(given) if (given := properties.get("reason")) in Referral.Reason.values else None
    return _("A friend does not count: %(reason)s") % {"reason": reason.label if reason else ""}
