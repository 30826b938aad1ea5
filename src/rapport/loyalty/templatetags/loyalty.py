"""Amounts of what tiers are reached by, and why somebody stands where they do."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.ui import formats
from rapport.loyalty.models import Badge, Program
from rapport.loyalty.models.programs import TierMeasure
from rapport.loyalty.queries.badges import Progress
from rapport.loyalty.queries.tiers import Reasons

register = template.Library()


@register.simple_tag
def tier_amount(amount: Decimal, program: Program) -> str:
    """50 points, £50.00 or 3 orders."""
    if program.tier_measure == TierMeasure.SPENT:
        return formats.money(amount, program.currency)
    number = {"n": formats.number(int(amount))}
    if program.tier_measure == TierMeasure.ORDERS:
        return ngettext("%(n)s order", "%(n)s orders", int(amount)) % number
    return ngettext("%(n)s point", "%(n)s points", int(amount)) % number


@register.simple_tag
def tier_missing(amount: Decimal, program: Program) -> str:
    return _("%(amount)s more") % {"amount": tier_amount(amount, program)}


@register.simple_tag
def tier_why(reasons: Reasons, program: Program) -> str:
    """In a sentence or two."""
    stands = reasons.standing
    names = {
        "value": tier_amount(stands.value, program),
        "tier": stands.tier.name if stands.tier else "",
        "threshold": tier_amount(stands.tier.threshold, program) if stands.tier else "",
    }
    if stands.tier is None:
        return _("%(value)s count now, which is not enough for a tier.") % names
    if stands.value >= stands.tier.threshold:
        return _("%(value)s count now; %(tier)s begins at %(threshold)s.") % names
    words = _(
        "%(value)s count now, less than the %(threshold)s at which %(tier)s begins. It was reached with what counted"
        " earlier, and stays for its time."
    )
    return words % names


@register.simple_tag
def badge_progress(row: Progress, program: Program) -> str:
    """2 of 3, or £40.00 of £100.00."""
    if row.badge.measure == Badge.Measure.SPENT:
        names = {name: formats.money(amount, program.currency) for name, amount in _amounts(row).items()}
    else:
        names = {name: formats.number(int(amount)) for name, amount in _amounts(row).items()}
    return _("%(value)s of %(threshold)s") % names


@register.simple_tag
def badge_points(row: Progress) -> str:
    number = {"n": formats.number(row.badge.points)}
    return ngettext("%(n)s point", "%(n)s points", row.badge.points) % number


def _amounts(row: Progress) -> dict[str, Decimal]:
    return {"value": row.value, "threshold": row.badge.threshold}
